const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What may be null has no default to be compared with. */
const formOfNullable: Readonly<Record<string, string>> = {
  bucketName: 'string',
  kmsKeyArn: 'string',
  network: 'object',
  certificateArn: 'string',
  webAclArn: 'string',
  topicArn: 'string',
  email: 'string',
  workspaceArn: 'string',
  requestsPerTargetPerMinute: 'number',
};
/** Records whose keys are the caller's. */
const open = ['environment', 'secrets'];
const choices: Readonly<Record<string, readonly string[]>> = {
  architecture: ['ARM64', 'X86_64'],
  strategy: ['rolling', 'blue-green'],
  mode: ['none', 'server', 'batch'],
  containerInsights: ['enabled', 'enhanced'],
};

/** A sentence for every setting that is none, or is of another form than its default. */
export function formProblems(given: unknown, defaults: object): string[] {
  if (!isRecord(given)) return ['The settings are a JSON object.'];
  return fieldProblems(given, defaults as Record<string, unknown>);
}

function fieldProblems(
  given: Record<string, unknown>,
  defaults: Record<string, unknown>,
  above = '',
): string[] {
  return Object.entries(given).flatMap(([key, value]) => {
    const path = above === '' ? key : `${above}.${key}`;
    if (!Object.hasOwn(defaults, key)) {
      return [`${path} is no setting; there are ${Object.keys(defaults).join(', ')}.`];
    }
    const standard = defaults[key];
    const kind = formOfNullable[key] ?? (Array.isArray(standard) ? 'list' : typeof standard);
    if (value === null && key in formOfNullable) return [];
    if (open.includes(key)) {
      const isTexts =
        isRecord(value) && Object.values(value).every((one) => typeof one === 'string');
      return isTexts ? [] : [`${path} is an object of texts.`];
    }
    if (kind === 'list') {
      const isTexts = Array.isArray(value) && value.every((one) => typeof one === 'string');
      return isTexts ? [] : [`${path} is a list of texts.`];
    }
    if (kind === 'object') {
      if (!isRecord(value)) return [`${path} is an object.`];
      return isRecord(standard) ? fieldProblems(value, standard, path) : networkForm(value, path);
    }
    if (typeof value !== kind) return [`${path} is a ${kind}, not ${JSON.stringify(value)}.`];
    const allowed = choices[key];
    return allowed && !allowed.includes(value as string)
      ? [`${path} is one of ${allowed.join(', ')}, not ${JSON.stringify(value)}.`]
      : [];
  });
}

function networkForm(value: Record<string, unknown>, path: string): string[] {
  const standard = {
    vpcId: '',
    availabilityZones: [],
    publicSubnetIds: [],
    privateSubnetIds: [],
    privateRouteTableIds: [],
    s3Endpoint: true,
  };
  const missing = Object.keys(standard).filter((key) => !Object.hasOwn(value, key));
  return [
    ...missing.map((key) => `${path}.${key} is missing: a given network is described whole.`),
    ...fieldProblems(value, standard, path),
  ];
}

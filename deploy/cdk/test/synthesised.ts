import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { glimpseApp } from '../src/app.ts';
import { settingsOfFile } from '../src/read-settings.ts';
import type { GivenSettings } from '../src/settings.ts';
import { keptTemplates } from '../src/write-templates.ts';

export type Properties = Record<string, unknown>;

export interface Synthesised {
  readonly template: Template;
  readonly warnings: readonly string[];
  /** The properties of every resource of a type, by its logical name. */
  of(type: string): Record<string, Properties>;
  /** Those of the only resource of a type. */
  only(type: string): Properties;
  /** The permissions of the role whose logical name begins so. */
  statementsOf(role: string): Statement[];
  /** The environment of a container of the task. */
  environment(container?: string): Record<string, unknown>;
  container(name?: string): Properties;
}

export interface Statement {
  readonly Sid: string;
  readonly Action: string | string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const known = new Map<string, Synthesised>();

/** What these settings make, once for each test run. Fails where cdk-nag finds what nobody has acknowledged. */
export function synthesised(settings: GivenSettings = {}): Synthesised {
  const key = JSON.stringify(settings);
  const before = known.get(key);
  if (before) return before;
  const folder = mkdtempSync(join(tmpdir(), 'glimpse-cdk-'));
  const { stack } = glimpseApp(settings, folder);
  const template = Template.fromStack(stack);
  const warnings = Annotations.fromStack(stack)
    .findWarning('*', Match.anyValue())
    .map(({ entry }) => JSON.stringify(entry.data));
  rmSync(folder, { recursive: true });
  const made = readable(template, warnings);
  known.set(key, made);
  return made;
}

export const full: GivenSettings = settingsOfFile(
  keptTemplates[1].file.replace('.template.json', '.settings.json'),
);

function readable(template: Template, warnings: readonly string[]): Synthesised {
  const of = (type: string): Record<string, Properties> =>
    Object.fromEntries(
      Object.entries(template.findResources(type)).map(([name, { Properties }]) => [
        name,
        (Properties ?? {}) as Properties,
      ]),
    );
  const only = (type: string): Properties => {
    const found = Object.values(of(type));
    if (found.length !== 1) throw new Error(`There are ${found.length} of ${type}.`);
    return found[0]!;
  };
  const container = (name = 'glimpse'): Properties => {
    const all = only('AWS::ECS::TaskDefinition')['ContainerDefinitions'] as Properties[];
    return all.find(({ Name }) => Name === name)!;
  };
  return {
    template,
    warnings,
    of,
    only,
    container,
    environment: (name) => {
      const list = container(name)['Environment'] as { Name: string; Value: unknown }[];
      return Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));
    },
    statementsOf: (role) => {
      const found = Object.entries(of('AWS::IAM::Role')).filter(([name]) => name.startsWith(role));
      if (found.length !== 1) throw new Error(`There are ${found.length} roles ${role}.`);
      const policies = found[0]![1]['Policies'] as { PolicyDocument: { Statement: Statement[] } }[];
      return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    },
  };
}

export const actionsOf = (statements: readonly Statement[]): string[] =>
  statements.flatMap(({ Action }) => Action).toSorted();

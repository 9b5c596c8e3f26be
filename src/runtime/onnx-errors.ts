import { basename } from 'node:path';
import { errors, messageOf, withDetails } from '../errors.ts';

/** A quoted absolute path, of this system or another. */
const quotedPath = /"(?:\/|[A-Za-z]:[\\/])[^"]*"/g;

/**
 * Why ONNX Runtime could not open a file. It names the file, and those with its weights, by their paths on this
 * machine, which is nobody's business outside: only their last part stays.
 */
export function cannotOpen(error: unknown, file: string | undefined): Error {
  const message = messageOf(error);
  const named = file === undefined ? message : message.replaceAll(file, basename(file));
  const reason = named.replaceAll(quotedPath, (path) => `"${basename(path.slice(1, -1))}"`);
  const said = known(reason) ?? `ONNX Runtime cannot open it. ${reason}`;
  return withDetails(new errors.GLIMPSE_MODEL_INVALID(said), {}, error);
}

/** What exporters make that ONNX Runtime does not take, with what to do about it. */
function known(reason: string): string | undefined {
  const opset = /Opset (\d+) is under development.* domain (\S+) is till opset (\d+)/s.exec(reason);
  if (opset) {
    const [, is, domain, most] = opset;
    return `it is written in opset ${is} of ${domain}, and ONNX Runtime here knows them up to ${most}: export it with opset ${most} or an earlier one (opset_version, --opset, target_opset).`;
  }
  const format = /Unsupported model IR version: (\d+), max supported IR version: (\d+)/.exec(
    reason,
  );
  if (format) {
    const [, is, most] = format;
    return `its format is IR version ${is}, and ONNX Runtime here reads it up to ${most}: save it with model.ir_version = ${most}.`;
  }
  const operator = /(\S+):(\S+?)\(-1\) is not a registered function\/op/.exec(reason);
  if (!operator) return undefined;
  const [, domain, name] = operator;
  return `its operator ${name} of ${domain} is none of ONNX Runtime's: export it with operators of ONNX only.`;
}

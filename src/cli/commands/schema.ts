import { type ExitCode, exitCodes } from '../../core/errors.js';
import { labJsonSchema } from '../../schema/json-schema.js';
import type { CommandContext } from '../context.js';
import { labRegistries } from '../registries.js';

export async function schema(context: CommandContext): Promise<ExitCode> {
  context.stdout.write(`${JSON.stringify(labJsonSchema(labRegistries), undefined, 2)}\n`);
  return exitCodes.ok;
}

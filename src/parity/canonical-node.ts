import { canonicalLinks } from './canonical-links.js';
import { canonicalRules } from './canonical-rules.js';
import type { NodeReading } from './reading.js';
import type { Roles } from './roles.js';
import type { Sections } from './sections.js';

/** A node in words that two clusters of one shape share. Every word that stands for nothing known stays as it is. */
export function canonicalNode(reading: NodeReading, roles: Roles): Sections {
  return new Map([...canonicalLinks(reading, roles), ...canonicalRules(reading.rules, roles)]);
}

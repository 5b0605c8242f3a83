import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';

/** Texts that Kubernetes checks (`k8s.io/apimachinery/pkg/util/validation/validation.go`, v0.31). */
const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

export const dnsLabel = checked(
  (text) => text.length <= 63 && label.test(text),
  'is not a DNS label (RFC 1123)',
  "lower-case letters, digits and '-', a letter or digit at both ends, at most 63 characters",
);

export const dnsSubdomain = checked(
  (text) => text.length <= 253 && subdomain.test(text),
  'is not a DNS name (RFC 1123)',
  "lower-case letters, digits, '-' and '.', a letter or digit at both ends of each part, at most 253 characters",
);

/** Service names become DNS labels in the older sense: they begin with a letter. */
export const serviceName = checked(
  (text) => text.length <= 63 && /^[a-z]/.test(text) && label.test(text),
  'is not a DNS label that begins with a letter (RFC 1035)',
  "lower-case letters, digits and '-', beginning with a letter, at most 63 characters",
);

/** Names of container ports (RFC 6335). */
export const portName = checked(
  (text) => text.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text),
  'is not a port name (RFC 6335)',
  "at most 15 lower-case letters, digits and single '-', with at least one letter",
);

export const envName = checked(
  (text) => /^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(text) && text !== '.' && !text.startsWith('..'),
  'is not a name for an environment variable',
  "letters, digits, '-', '_' and '.', not beginning with a digit",
);

export const labels = z.record(
  checked(isQualifiedName, 'is not a label key', "an optional DNS name and '/', then at most 63 letters, digits, '-', '_' and '.'"),
  checked(
    (text) => text.length <= 63 && labelValue.test(text),
    'is not a label value',
    "at most 63 letters, digits, '-', '_' and '.', a letter or digit at both ends",
  ),
);

export const qualifiedName = checked(
  isQualifiedName,
  'is not a qualified name',
  "an optional DNS name and '/', then a name of at most 63 characters",
);

export const ipAddress = checked((text) => isIP(text) !== 0, 'is not an IP address', 'an address such as 10.200.1.10');

export const ipOrNone = checked(
  (text) => text === '' || text === 'None' || isIP(text) !== 0,
  "is neither an IP address nor 'None'",
  "an address such as 10.200.1.10, or 'None' for a headless Service",
);

export const cidr = checked(isCidr, 'is not a range of addresses', 'a range such as 10.0.0.0/8');

export const port = z.int().min(1).max(65_535).describe('a port from 1 to 65535');

/** A text that passes a test; `message` follows the field's name. */
export function checked(test: (text: string) => boolean, message: string, expected: string): z.ZodString {
  return z
    .string()
    .describe(expected)
    .check((context) => {
      if (!test(context.value)) context.issues.push({ code: 'custom', message, params: { expected }, input: context.value });
    });
}

/** An IPv4 or IPv6 range in CIDR notation; bits behind the prefix may be set, as `net.ParseCIDR` has it. */
export function isCidr(text: string): boolean {
  const [address = '', prefix = '', ...more] = text.split('/');
  return more.length === 0 && isIP(address) !== 0 && /^(0|[1-9]\d{0,2})$/.test(prefix) && Number(prefix) <= (isIPv4(address) ? 32 : 128);
}

function isQualifiedName(text: string): boolean {
  const [name = '', prefix, ...more] = text.split('/').reverse();
  if (more.length > 0 || (prefix !== undefined && !(prefix.length <= 253 && subdomain.test(prefix)))) return false;
  return name.length > 0 && name.length <= 63 && labelValue.test(name);
}

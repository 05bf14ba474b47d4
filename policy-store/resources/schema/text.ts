import * as z from 'zod';

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;

const isSubdomain = (text: string): boolean => text.length <= 253 && text.split('.').every((part) => LABEL.test(part));

/** RFC 1123 label: Services, Namespaces, section names. */
export const label = z
  .string()
  .regex(LABEL, { message: 'must be lower-case letters, digits and -, starting and ending with a letter or digit' });

/** RFC 1123 subdomain: names of most resources. */
export const subdomain = z.string().refine(isSubdomain, {
  message: 'must be lower-case letters, digits, - and ., each part starting and ending with a letter or digit',
});

const isIpv4 = (text: string): boolean => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text);

/** A DNS name without wildcard, no IP address (Gateway API PreciseHostname). */
export const preciseHostname = z
  .string()
  .refine((text) => isSubdomain(text) && !isIpv4(text), { message: 'must be a DNS name in lower case, without port' });

/** A DNS name, or `*.` and one (Gateway API Hostname). */
export const hostname = z
  .string()
  .refine((text) => text.length <= 253 && !isIpv4(text) && isSubdomain(text.startsWith('*.') ? text.slice(2) : text), {
    message: 'must be a DNS name in lower case, without port; a wildcard is written "*.example.com"',
  });

/** RFC 9110 token: names of headers. */
export const headerName = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/, { message: 'must be a header name: letters, digits and -' });

/** RFC 6265: a token. */
export const cookieName = headerName.max(128);

/** Value of a header that the mesh writes: visible characters, no line breaks (response splitting). */
export const headerText = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[\t\x20-\x7e]*$/, { message: 'must be visible ASCII characters without line breaks' });

export const portNumber = z.int().min(1).max(65535);

/** Reference names: any text that could name a resource. */
export const referenceName = z.string().min(1).max(253);
export const groupName = z.string().max(253);
export const kindName = z.string().min(1).max(63);

/** Rule and listener names (Gateway API SectionName). */
export const sectionName = subdomain;

const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

/** Kubernetes labels, and the labels that a selector asks for. */
export const labels = z.record(
  z.string().min(1).max(317),
  z.string().regex(LABEL_VALUE, { message: 'must be at most 63 letters, digits, -, _ and .' }),
);

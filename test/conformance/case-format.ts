import { readFileSync } from 'node:fs';

/** A Kubernetes object as the suite ships it. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
  spec?: Record<string, unknown>;
  data?: Record<string, string>;
  type?: string;
}

export interface ConformanceTest {
  test: string;
  category: 'gateway-http' | 'gateway-listeners' | 'gateway-grpc' | 'mesh';
  manifests: Manifest[];
  baseManifests: Manifest[];
  cases: ConformanceCase[];
}

export interface ConformanceCase {
  id: string;
  name: string;
  request: CaseRequest;
  before?: { op: 'delete'; kind: string; namespace: string; name: string }[];
  backendBehaviour?: BackendBehaviour;
  backendResponse?: { headers: Record<string, string> };
  derived?: { backend?: string; backendAttempts?: number };
  expect: CaseExpectation;
}

export interface CaseRequest {
  method: string;
  scheme: string;
  host: string | null;
  path: string;
  headers: Record<string, string>;
  protocol: string;
  followRedirects: boolean;
  to: { kind: 'Gateway' | 'Service' | 'Pod'; namespace: string; name: string; port: number };
  from?: { namespace: string; workload: string } | null;
  uniqueQueryParam?: string;
  tls?: { serverName: string; trust: string };
  grpc?: { service: string; method: string; message?: Record<string, unknown> };
}

export interface BackendBehaviour {
  failFirst?: number;
  failWith?: { status?: number; tcp?: 'reset' };
  delayBeforeEachFailureMs?: number;
  delayBeforeAnswerMs?: number;
}

export interface CaseExpectation {
  status?: number[];
  alsoAcceptStatus?: number[];
  answeredBy?: 'backend' | 'router';
  backend?: string | null;
  backendOneOf?: string[];
  namespace?: string | null;
  backendRequest?: {
    method?: string;
    path?: string;
    host?: string;
    headers?: Record<string, string>;
    absentHeaders?: string[];
  };
  responseHeaders?: Record<string, string>;
  responseHeadersOneOf?: Record<string, string[]>;
  absentResponseHeaders?: string[];
  headerChecksOnlyFor?: number[];
  ignoreHeaderWhitespace?: boolean;
  redirect?: { scheme?: string; host?: string; port?: string | number | null; path?: string };
  grpcStatus?: number[];
  httpEquivalents?: { status: number; grpcStatus?: number }[];
  mirroredTo?: { backend: string; namespace: string; percent?: number }[];
  mirrorDistribution?: { requests: number; concurrency: number; min: number; max: number; wholeCheckTries: number };
  distribution?: {
    requests: number;
    concurrency: number;
    weights: Record<string, number>;
    absoluteTolerance: number;
    wholeCheckTries: number;
  };
  repeat?: { times: number; each: { backendRequestHeaderNamesBackend?: string; exactlyOneValue?: boolean } };
  frames?: { send: { text: string }; expect: { text: string } }[];
}

export interface Topology {
  gateway: Manifest[];
  mesh: Manifest[];
}

const load = <T>(name: string): T => JSON.parse(readFileSync(new URL(`data/${name}`, import.meta.url), 'utf8')) as T;

export const conformanceTests = (): ConformanceTest[] => load<ConformanceTest[]>('cases.json');
export const topology = (): Topology => load<Topology>('topology.json');

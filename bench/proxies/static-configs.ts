import { unusedPort } from '../../test/blackbox/context.ts';
import type { World } from './contestants.ts';

const hostsOf = ({ upstreams }: World): string[] => upstreams.map((url) => new URL(url).host);

/** One thread, keep-alive on both sides, no log. */
export async function haproxyConfig(world: World): Promise<{ text: string; port: number }> {
  const port = await unusedPort();
  const text = `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  option http-keep-alive
  http-reuse always
frontend front
  bind 127.0.0.1:${port}
  default_backend services
backend services
${hostsOf(world)
  .map((host, n) => `  server s${n} ${host}`)
  .join('\n')}
`;
  return { text, port };
}

/** One worker. */
export async function nginxConfig(world: World, folder: string): Promise<{ text: string; port: number }> {
  const port = await unusedPort();
  const text = `daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 10000000;
  upstream services { ${hostsOf(world)
    .map((host) => `server ${host};`)
    .join(' ')} keepalive 64; keepalive_requests 10000000; }
  server {
    listen 127.0.0.1:${port};
    location / { proxy_pass http://services; proxy_http_version 1.1; proxy_set_header Connection ""; }
  }
}
`;
  return { text, port };
}

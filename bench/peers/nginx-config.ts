import type { Task } from "./peer.ts";

/**
 * What an administrator who knows nginx writes: connections to the app are kept, and given up before Node gives them up after five seconds.
 * Without `keepalive_requests` nginx would close each of the few connections of a load after 1000 requests.
 */
export function configOf({ port, workers, folder, protocol, env }: Task, backends: readonly number[]): string {
  const tls = `
    ssl_certificate ${env["TLS_CERT"]};
    ssl_certificate_key ${env["TLS_KEY"]};
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_cache shared:bench:10m;`;
  // Without it the workers of a root's nginx are nobody, who may not enter the folder that bodies are kept in.
  const user = process.getuid?.() === 0 ? "user root;\n" : "";
  return `${user}worker_processes ${workers};
daemon off;
pid ${folder}/nginx.pid;
error_log stderr crit;
events {
  worker_connections 4096;
}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  client_max_body_size 10m;
  client_body_buffer_size 128k;
  proxy_buffers 16 64k;
  keepalive_requests 1000000;
  map $http_upgrade $connection_to_app {
    default '';
    ~*^websocket$ upgrade;
  }
  upstream app {
    zone app 128k;
    least_conn;
    ${backends.map((backend) => `server 127.0.0.1:${backend} max_fails=0;`).join("\n    ")}
    keepalive 512;
    keepalive_requests 1000000;
    keepalive_timeout 4s;
  }
  server {
    listen 127.0.0.1:${port}${protocol === "http" ? "" : " ssl http2"};${protocol === "http" ? "" : tls}
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_to_app;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
    }
  }
}
`;
}

import { defineConfig, loadEnv } from "vite";

export default defineConfig(({ mode }) => {
  const env = loadEnv(mode, ".", "");
  return { define: { title: env.TITLE }, server: { port: Number(env.PORT ?? 5173) }, base: process.env.BASE || "/" };
});

const key = import.meta.env.VITE_OPENAI_API_KEY;
const site = import.meta.env.VITE_RECAPTCHA_SITE_KEY;

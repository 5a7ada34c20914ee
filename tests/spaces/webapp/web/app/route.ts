import Stripe from "stripe";

const stripe = new Stripe(process.env.STRIPE_SECRET_KEY!);
const { RESEND_API_KEY, API_URL = "http://localhost:8000" } = process.env;
if (!RESEND_API_KEY) throw new Error("RESEND_API_KEY is not set");

export const GET = () => fetch(API_URL, { headers: { key: process.env.NEXT_PUBLIC_KEY ?? "" } });

export type { Body, Delay, HeaderLine, Reply, Reset, Service, ServiceRequest, Step, Wait } from "./service.ts";

export { jsonDocument, print } from "@xent/app-kit";

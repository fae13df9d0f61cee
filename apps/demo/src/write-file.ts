export { requireWritable, writeFileWhole } from "@xent/app-kit";

import { render } from "preact";
import { App } from "./app.js";
import "./style.css";

render(<App />, document.getElementById("app")!);

// Only of the built site, and once the page is at rest: everything else of it is fetched for offline use.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  addEventListener("load", () => {
    setTimeout(() => void navigator.serviceWorker.register("service-worker.js"), 3000);
  });
}

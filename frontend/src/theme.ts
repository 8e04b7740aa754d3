// Runs before the page is painted, so that nobody who works in the dark sees a white flash.
import { applyScheme } from "./scheme";

applyScheme();

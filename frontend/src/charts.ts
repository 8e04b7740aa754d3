// Charts from data that the page carries (see tradewind/web/charts.py for the shape): one palette that colour-blind people can tell
// apart, labels at the lines themselves, light and dark, a table behind each chart.
import { BarChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, MarkLineComponent, TooltipComponent } from "echarts/components";
import * as echarts from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

echarts.use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, MarkLineComponent, AriaComponent, CanvasRenderer]);

interface Series {
  name: string;
  values: (number | null)[];
  step: string;
  links: string[];
}
interface Chart {
  kind: "line" | "bars" | "stacked" | "spark";
  x: string[];
  x_is_time: boolean;
  horizontal: boolean;
  unit: string;
  series: Series[];
}

const PALETTE = ["--tw-c1", "--tw-c2", "--tw-c3", "--tw-c4", "--tw-c5", "--tw-c6", "--tw-c7", "--tw-c8"];
const drawn = new Map<HTMLElement, echarts.ECharts>();

export function draw(root: ParentNode): void {
  for (const element of root.querySelectorAll<HTMLElement>("[data-chart]")) {
    const data = document.getElementById(element.dataset.chart ?? "");
    if (!data?.textContent || element.dataset.drawn === data.textContent) continue;
    element.dataset.drawn = data.textContent;
    drawn.get(element)?.dispose();
    render(element, JSON.parse(data.textContent) as Chart);
  }
  for (const [element, chart] of drawn)
    if (!element.isConnected) {
      chart.dispose();
      drawn.delete(element);
    }
}

function render(element: HTMLElement, data: Chart): void {
  const chart = echarts.init(element, null, { renderer: "canvas" });
  drawn.set(element, chart);
  chart.setOption(options(element, data));
  chart.on("click", (event) => {
    const link = data.series[event.seriesIndex ?? 0]?.links[event.dataIndex];
    if (link) location.assign(link);
  });
  new ResizeObserver(() => chart.resize()).observe(element);
}

document.addEventListener("tw:theme", () => {
  for (const [element, chart] of drawn) chart.setOption(options(element, JSON.parse(element.dataset.drawn ?? "{}") as Chart), true);
});

function options(element: HTMLElement, data: Chart): echarts.EChartsCoreOption {
  const css = getComputedStyle(element);
  const colour = (name: string) => css.getPropertyValue(name).trim();
  const ink = colour("--tw-ink-soft");
  const line = colour("--tw-line");
  const spark = data.kind === "spark";
  const named = data.kind !== "line" && !spark && data.series.length > 1;
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const show = (value: unknown) => (typeof value === "number" ? number.format(value) + data.unit : "–");
  const categories = {
    type: data.x_is_time ? "time" : "category",
    data: data.x_is_time ? undefined : data.x,
    inverse: data.horizontal,
    axisLine: { show: !spark, lineStyle: { color: line } },
    axisTick: { show: false },
    axisLabel: { show: !spark, color: ink, hideOverlap: true },
    splitLine: { show: false },
  };
  const values = {
    type: "value",
    axisLabel: { show: !spark, color: ink, formatter: (value: number) => number.format(value) + data.unit },
    splitLine: { show: !spark, lineStyle: { color: line } },
    splitNumber: 3,
    minInterval: data.unit ? undefined : 1,
  };
  return {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 300,
    aria: { enabled: true },
    textStyle: { fontFamily: css.fontFamily, fontSize: 12 },
    grid: spark
      ? { left: 0, right: 0, top: 2, bottom: 2 }
      : { left: 4, right: data.kind === "line" ? 92 : 24, top: named ? 32 : 16, bottom: 4, containLabel: true },
    // Lines carry their names at their ends; bars beside each other cannot.
    legend: { show: named, left: 0, top: 0, itemWidth: 10, itemHeight: 10, icon: "circle", textStyle: { color: ink, fontSize: 12 } },
    tooltip: spark
      ? { show: false }
      : {
          trigger: "axis",
          axisPointer: { type: data.kind === "line" ? "line" : "shadow", lineStyle: { color: line }, shadowStyle: { opacity: 0.15 } },
          backgroundColor: colour("--tw-surface"),
          borderColor: line,
          textStyle: { color: colour("--tw-ink"), fontSize: 12 },
          valueFormatter: show,
          confine: true,
        },
    [data.horizontal ? "yAxis" : "xAxis"]: categories,
    [data.horizontal ? "xAxis" : "yAxis"]: values,
    series: data.series.map((series, index) => {
      const own = colour(series.step ? `--tw-step-${series.step}` : (PALETTE[index % PALETTE.length] ?? "")) || colour("--tw-c1");
      const points = data.x_is_time ? series.values.map((value, at) => [data.x[at], value]) : series.values;
      const label = { show: true, color: own, formatter: "{a}", fontSize: 12 };
      return data.kind === "line" || spark
        ? {
            type: "line",
            name: series.name,
            data: points,
            showSymbol: points.length < 3,
            symbolSize: 6,
            lineStyle: { width: 2 },
            itemStyle: { color: own },
            areaStyle: spark || data.series.length === 1 ? { color: own, opacity: 0.1 } : undefined,
            endLabel: spark ? undefined : { ...label, width: 84, overflow: "truncate" },
            labelLayout: spark ? undefined : { moveOverlap: "shiftY" },
          }
        : {
            type: "bar",
            name: series.name,
            data: points,
            stack: data.kind === "stacked" ? "all" : undefined,
            barMaxWidth: 22,
            itemStyle: { color: own, borderRadius: data.kind === "stacked" ? 0 : 3 },
            label:
              data.series.length === 1
                ? { show: true, position: data.horizontal ? "right" : "top", color: ink, formatter: (at: { value: unknown }) => show(at.value) }
                : undefined,
          };
    }),
  };
}

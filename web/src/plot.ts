// The drawing of a chart, by uPlot; chart.tsx says the same in words and as a table.
import uPlot from 'uplot';
import type { ChartOf } from './chart';

export interface Drawing {
  end: () => void;
}

const HEIGHT = 220;
const DASHES: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [12, 3, 2, 3]]; // beside the colours, for who sees none

function colours(box: Element): { text: string; line: string; series: string[] } {
  const style = getComputedStyle(box);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return { text: of('--text'), line: of('--line'), series: [0, 1, 2, 3].map((i) => of(`--series-${i}`)) };
}

export function draw(box: HTMLElement, of: ChartOf, label: (at: string | Date) => string): Drawing {
  const c = colours(box);
  const axis = { stroke: c.text, grid: { stroke: c.line, width: 1 }, ticks: { stroke: c.line, width: 1 } };
  const bars = uPlot.paths.bars?.({ size: [0.6, 60] });
  const width = () => Math.max(box.clientWidth, 200);
  const plot = new uPlot({
    width: width(),
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] }, y: { range: (_, __, max) => [0, Math.max(max * 1.1, 1)] } },
    axes: [
      { ...axis, incrs: [1, 2, 5, 7, 14, 28, 56], values: (_, at) => at.map((i) => (Number.isInteger(i) && of.at[i] !== undefined ? label(of.at[i]) : '')) },
      { ...axis, size: 60 },
    ],
    series: [{}, ...of.series.map((s, i) => ({
      label: s.name, stroke: c.series[i % 4]!, width: 2, dash: [...DASHES[i % 4]!], spanGaps: false,
      ...(of.bars && bars && { paths: bars, fill: c.series[i % 4]! }),
    }))],
  }, [of.at.map((_, i) => i), ...of.series.map((s) => [...s.values])], box);
  const watch = new ResizeObserver(() => plot.setSize({ width: width(), height: HEIGHT }));
  watch.observe(box);
  return {
    end: () => {
      watch.disconnect();
      plot.destroy();
    },
  };
}

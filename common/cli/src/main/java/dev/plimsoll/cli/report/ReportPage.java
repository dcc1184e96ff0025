package dev.plimsoll.cli.report;

import dev.plimsoll.audit.AuditLedger.Verdict;
import dev.plimsoll.audit.AuditSentence;
import dev.plimsoll.cli.card.SettingRows;
import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.journal.StepRecord;
import dev.plimsoll.wire.telling.Happening;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A run as one page. It asks nothing of any network, and what others wrote into the run's topics
 * stays text.
 *
 * @param madeBy number and commit of this program
 */
record ReportPage(RunFacts facts, Audited audited, String madeBy, Instant now) {

    /** By which a file is known as ours. */
    static final String BEGINNING = "<!doctype html>\n<!-- written by plimsoll report -->\n";

    private static final long MIB = 1 << 20;

    private static final String HEAD = """
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy"
             content="default-src 'none'; style-src 'unsafe-inline'">
            <style>
            body { font: 15px/1.45 sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem;
              color: #1a1a1a; background: #ffffff; }
            h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin-top: 2rem }
            table { border-collapse: collapse } caption { text-align: left; color: #555555 }
            td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top;
              border-bottom: 1px solid #dddddd }
            td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
            .wide { overflow-x: auto; margin: .5rem 0 } svg { width: 100%; height: auto }
            .verdict { padding: .6rem .8rem; border-left: 4px solid #0072b2; background: #f3f3f3 }
            .verdict.bad { border-color: #d55e00 }
            </style>
            """;

    /**
     * What the audit said.
     *
     * @param why where it said nothing
     */
    record Audited(java.util.Optional<Verdict> verdict, String why) {}

    /** The whole file. */
    String text() {
        Html page = new Html();
        page.raw(BEGINNING.strip() + "\n" + HEAD.strip());
        page.element("title", "Run " + facts.run().runId());
        page.raw("</head><body><main>");
        page.element("h1", "Run " + facts.run().runId());
        summary(page);
        audit(page);
        curves(page);
        evaluations(page);
        data(page);
        workers(page);
        decisions(page);
        settings(page);
        page.paragraph("Written by " + madeBy + " at " + time(now.toEpochMilli())
                + ", from the run's topics.");
        page.raw("</main></body></html>");
        return page.toString();
    }

    private List<StepRecord> led() {
        return facts.story().steps(facts.version());
    }

    private void summary(Html page) {
        List<StepRecord> led = led();
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("state", facts.state()));
        rows.add(List.of("adapter version", "" + facts.version()));
        rows.add(List.of("steps that led to it", number(led.size())));
        if (!led.isEmpty()) {
            rows.add(List.of(
                    "loss of the first and the last of them",
                    loss(led.getFirst().loss()) + ", " + loss(led.getLast().loss())));
        }
        rows.add(List.of("model", facts.run().model().name()));
        facts.firstMillis().ifPresent(at -> rows.add(List.of("created", time(at))));
        facts.lastMillis().ifPresent(at -> {
            rows.add(List.of("last decision", time(at)));
            rows.add(
                    List.of("between the two", duration(at - facts.firstMillis().orElse(at))));
        });
        page.table("", List.of("what ", "is "), rows);
    }

    private void audit(Html page) {
        page.section("Audit");
        if (audited.verdict().isEmpty()) {
            page.paragraph("No verdict: " + audited.why() + ".");
            return;
        }
        Verdict verdict = audited.verdict().get();
        page.raw("<p class=\"verdict" + (verdict.clean() ? "" : " bad") + "\">"
                + Html.text(AuditSentence.of(verdict)) + "</p>");
        Stream.concat(
                        verdict.findings().stream(),
                        verdict.notes().stream().map(note -> "healed: " + note))
                .forEach(page::paragraph);
    }

    private void curves(Html page) {
        page.section("Steps");
        if (facts.steps().isEmpty()) {
            page.paragraph("No step is committed yet.");
            return;
        }
        Curves curves = new Curves(facts);
        if (curves.undoneSteps() > 0) {
            page.paragraph(number(curves.undoneSteps()) + " of "
                    + number(facts.steps().size()) + " committed steps were undone by rollbacks.");
        }
        page.raw(curves.loss());
        page.raw(curves.of("learning rate", "%.2g", step -> step.rates().learningRate()));
        page.raw(curves.of(
                "gradient norm, before clipping", "%.3g", step -> step.rates().gradientNorm()));
        page.raw(curves.of(
                "tokens per second of the fleet", "%.0f", step -> step.rates().tokensPerSecond()));
    }

    private void evaluations(Html page) {
        if (facts.evaluations().isEmpty()) {
            return;
        }
        Set<Long> held = new HashSet<>();
        facts.story().evaluations(facts.version()).forEach(one -> held.add(one.version()));
        page.section("Evaluations");
        page.table(
                "On samples that are never trained.",
                List.of("version", "samples", "loss", "perplexity", " "),
                facts.evaluations().stream().map(one -> row(one, held)).toList());
    }

    private static List<String> row(JournalRecord.EvaluationClosed one, Set<Long> held) {
        return List.of(
                "" + one.version(),
                number(one.samples()),
                loss(one.loss()),
                String.format(Locale.ROOT, "%.3f", one.perplexity()),
                !held.contains(one.version()) ? "undone" : one.best() ? "lowest until then" : "");
    }

    private void data(Html page) {
        page.section("Data");
        page.table(
                "Samples that were admitted, by source.",
                List.of("source ", "samples", "tokens", "used for "),
                facts.story().sources().entrySet().stream()
                        .map(source -> List.of(
                                source.getKey(),
                                number(source.getValue().samples()),
                                number(source.getValue().tokens()),
                                source.getValue().evaluation() ? "evaluation" : "training"))
                        .toList());
        if (facts.rejected().isEmpty()) {
            page.paragraph("Rejected samples are not told: who wrote this may not read them.");
        } else if (facts.rejected().get().isEmpty()) {
            page.paragraph("No sample was rejected.");
        } else {
            page.table(
                    "Samples that were rejected, by reason.",
                    List.of("reason ", "samples"),
                    facts.rejected().get().entrySet().stream()
                            .map(is -> List.of(is.getKey().name(), number(is.getValue())))
                            .toList());
        }
    }

    private void workers(Html page) {
        page.section("Workers");
        page.table(
                "Peak: the one that came nearest to the line that held then, in MiB.",
                List.of(
                        "worker ",
                        "device ",
                        "micro-batches",
                        "given back",
                        "gone",
                        "tokens",
                        "peak",
                        "line",
                        "share"),
                facts.workers().entrySet().stream()
                        .map(worker -> row(worker.getKey(), worker.getValue()))
                        .toList());
    }

    private static List<String> row(String name, WorkerFacts worker) {
        WorkerFacts.Peak peak = worker.nearest();
        return List.of(
                name,
                worker.device() == null
                        ? "unknown"
                        : worker.device().name() + ", " + worker.device().precision(),
                number(worker.microBatches()),
                number(worker.givenBack()),
                number(worker.losses()),
                number(worker.tokens()),
                peak.bytes() == 0 ? "" : number(peak.bytes() / MIB),
                peak.lineBytes() == 0 ? "" : number(peak.lineBytes() / MIB),
                peak.lineBytes() == 0
                        ? ""
                        : String.format(Locale.ROOT, "%.0f %%", 100 * peak.share()));
    }

    private void decisions(Html page) {
        page.section("Decisions");
        List<Happening> all = facts.happenings();
        page.table(
                all.size() < facts.told()
                        ? "The last " + number(all.size()) + " of " + number(facts.told()) + "."
                        : "All of them, each with its reason.",
                List.of("time ", "kind ", "who ", "what "),
                all.stream()
                        .map(one -> List.of(
                                time(one.atMillis()),
                                one.kind().name().toLowerCase(Locale.ROOT),
                                one.worker() != null
                                        ? one.worker()
                                        : one.step() != null ? "step " + one.step() : "",
                                one.text()))
                        .toList());
    }

    private void settings(Html page) {
        page.section("Settings");
        page.table(
                "Those that decide what the run learns.",
                List.of("setting ", "value "),
                new SettingRows(facts.run())
                        .rows().entrySet().stream()
                                .map(setting -> List.of(setting.getKey(), setting.getValue()))
                                .toList());
    }

    private static String number(long number) {
        return String.format(Locale.ROOT, "%,d", number);
    }

    private static String loss(double loss) {
        return String.format(Locale.ROOT, "%.4f", loss);
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis)
                .truncatedTo(ChronoUnit.SECONDS)
                .toString()
                .replace('T', ' ')
                .replace("Z", " UTC");
    }

    private static String duration(long millis) {
        Duration duration = Duration.ofMillis(millis);
        return String.format(
                Locale.ROOT,
                "%d:%02d:%02d h",
                duration.toHours(),
                duration.toMinutesPart(),
                duration.toSecondsPart());
    }
}

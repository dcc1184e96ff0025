package dev.plimsoll.worker.shell;

import static org.assertj.core.api.Assertions.assertThat;

import dev.plimsoll.wire.protocol.Attempt;
import dev.plimsoll.wire.protocol.FailureReason;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Report;
import dev.plimsoll.wire.protocol.TrainMeasures;

import org.junit.jupiter.api.Test;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

class WorkerMetricsTest {

    private final AtomicReference<MemoryMeasures> memory =
            new AtomicReference<>(new MemoryMeasures(1, 2, 3, 4, 5, 6));
    private final LifeSigns life = new LifeSigns();
    private final WorkerMetrics metrics = new WorkerMetrics("anna", memory::get, life);

    /** Some versions of the registry write a comma behind the last label, as the format allows. */
    private String scrape() {
        return metrics.scrape().replace(",}", "}");
    }

    private static String microBatches(String outcome, int count) {
        return "plimsoll_engine_microbatches_total{outcome=\"" + outcome + "\",worker=\"anna\"} "
                + count;
    }

    private static Report trained(long attempt, int tokens) {
        return new Report.MicroBatchTrained(
                "anna",
                1,
                new Attempt(attempt, 1),
                1,
                1,
                new TrainMeasures(tokens, 9, 20_000, 400_000));
    }

    @Test
    void everySeriesIsThereFromTheStart() {
        assertThat(scrape())
                .contains(
                        microBatches("out_of_memory", 0),
                        microBatches("recalled", 0),
                        "plimsoll_engine_tokens_total{work=\"evaluated\",worker=\"anna\"} 0",
                        "plimsoll_engine_contributions_total{worker=\"anna\"} 0",
                        "plimsoll_engine_memory_bytes{kind=\"budget\",worker=\"anna\"} 6",
                        "plimsoll_engine_ready{worker=\"anna\"} 0",
                        "jvm_memory_used_bytes",
                        "process_cpu_usage");
    }

    @Test
    void reportsAreCounted() {
        life.listen(metrics::sent);
        life.sent(new Report.Ready("anna", 1, 4));
        life.sent(trained(1, 100));
        life.sent(trained(2, 50));
        life.sent(new Report.MicroBatchEvaluated(
                "anna", 1, Attempt.ofEvaluation(3), 4, 1, 1, new TrainMeasures(7, 9, 20_000, 0)));
        life.sent(new Report.MicroBatchFailed(
                "anna", 1, new Attempt(4, 1), FailureReason.OUT_OF_MEMORY, "1 MiB", 1 << 20));
        life.sent(new Report.Contributed("anna", 1, 1, 1, List.of(1L, 2L), List.of()));
        life.sent(new Report.VersionHeld("anna", 1, 5, 7));
        memory.set(new MemoryMeasures(1, 77, 3, 4, 5, 6));
        assertThat(scrape())
                .contains(
                        microBatches("trained", 2),
                        microBatches("evaluated", 1),
                        microBatches("out_of_memory", 1),
                        "plimsoll_engine_tokens_total{work=\"trained\",worker=\"anna\"} 150",
                        "plimsoll_engine_tokens_total{work=\"evaluated\",worker=\"anna\"} 7",
                        "plimsoll_engine_contributions_total{worker=\"anna\"} 1",
                        "plimsoll_engine_version{worker=\"anna\"} 5",
                        "plimsoll_engine_ready{worker=\"anna\"} 1",
                        "plimsoll_engine_memory_bytes{kind=\"peak\",worker=\"anna\"} 77",
                        "plimsoll_engine_forward_seconds_count{worker=\"anna\"} 3",
                        "plimsoll_engine_backward_seconds_count{worker=\"anna\"} 2")
                .containsPattern("backward_seconds_bucket\\{worker=\"anna\",le=\"0.3\"} 0")
                .containsPattern("backward_seconds_bucket\\{worker=\"anna\",le=\"1.0\"} 2");
    }

    @Test
    void everyMetricOfOursHasAHelpTextAndAType() {
        String text = scrape();
        Pattern series =
                Pattern.compile("(?m)^(plimsoll_engine_[a-z_]+?)(_bucket|_count|_sum)?\\{");
        assertThat(series.matcher(text).results().map(found -> found.group(1)).distinct())
                .hasSizeGreaterThan(7)
                .allSatisfy(name -> assertThat(text)
                        .containsPattern("(?m)^# HELP " + name + " \\w+")
                        .containsPattern("(?m)^# TYPE " + name + " (counter|gauge|histogram)"));
    }

    @Test
    void theyAreServedOnceTheWorkerIsThere() throws Exception {
        int port = HealthServerTest.freePort();
        try (HealthServer server = HealthServer.open(port);
                HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(
                            URI.create("http://localhost:" + port + "/metrics"))
                    .build();
            assertThat(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(503);
            server.tellMetrics(this::scrape);
            HttpResponse<String> answer =
                    client.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type"))
                    .contains("text/plain; version=0.0.4; charset=utf-8");
            assertThat(answer.body()).contains("plimsoll_engine_ready{worker=\"anna\"} 0");
        }
    }
}

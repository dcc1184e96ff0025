package dev.plimsoll.cli.trace;

import dev.plimsoll.audit.kafka.TopicScan;
import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.topics.RunLookup;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.kafka.JournalReader;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.run.RunSettings;
import dev.plimsoll.wire.sample.TokenizedSample;

import org.apache.kafka.clients.consumer.ConsumerRecord;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

@Command(
        name = "trace",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the way of samples through the run as an OpenTelemetry trace: sent, tokenized, "
                    + "waiting, in a micro-batch, in a contribution, in a step.",
            "",
            "What is printed is one request in OTLP's JSON, as a collector takes it: plimsoll "
                    + "trace | curl --data @- -H 'Content-Type: application/json' "
                    + "http://COLLECTOR:4318/v1/traces. It is read from the run's topics, so it "
                    + "costs the run nothing. A trace goes on with the one of the header "
                    + "traceparent (W3C) of the record in PREFIX.samples.",
            ""
        })
final class TraceCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Parameters(
            paramLabel = "SAMPLE",
            arity = "0..1",
            description = "The id of a sample. Without it, all samples are traced that came with "
                    + "a sampled traceparent, as `submit --trace` writes it.")
    String sampleId;

    @Override
    public Integer call() {
        Clients anybodys = broker.clients();
        Topics topics = broker.topics();
        RunSettings run = RunLookup.read(anybodys, topics);
        List<TracedSample> samples = samples(anybodys.of(run, topics), topics, run);
        if (samples.isEmpty()) {
            throw CliFailure.input(
                    sampleId == null
                            ? "no sample came with a sampled traceparent; submit some with --trace "
                                    + "0.01, or name a sample"
                            : "no sample '" + sampleId + "' was tokenized in run " + run.runId()
                                    + "; `plimsoll watch` shows which were rejected, and why");
        }
        SampleSpans spans = new SampleSpans(topics, samples);
        TopicScan.read(anybodys, topics.samples(), spans::submitted);
        try (JournalReader journal = new JournalReader(anybodys, topics, "plimsoll-trace")) {
            journal.readAll(
                    entry -> entry.fact().ifPresent(fact -> spans.take(fact, entry.atMillis())));
        }
        spec.commandLine().getOut().println(new OtlpJson(run.runId()).of(spans.spans()));
        return ExitCode.DONE.number();
    }

    private List<TracedSample> samples(Clients clients, Topics topics, RunSettings run) {
        List<TracedSample> samples = new ArrayList<>();
        TopicScan.read(clients, topics.tokenized(), record -> {
            if (TokenizedSample.decodeHead(record)
                            instanceof Decoded.Ok<TokenizedSample.Head>(var head)
                    && head.chunk() == 0) {
                traced(record, head, run).ifPresent(samples::add);
            }
        });
        return samples;
    }

    private Optional<TracedSample> traced(
            ConsumerRecord<byte[], byte[]> record, TokenizedSample.Head head, RunSettings run) {
        Optional<TraceContext> given = TraceContext.of(record.headers());
        boolean wanted = sampleId == null
                ? given.filter(TraceContext::sampled).isPresent()
                : sampleId.equals(head.sampleId());
        return wanted
                ? Optional.of(new TracedSample(
                        head,
                        record.partition(),
                        record.offset(),
                        record.timestamp(),
                        given.orElseGet(() -> {
                            String origin = head.origin().partition() + "/"
                                    + head.origin().offset();
                            return TraceContext.begin(run.runId() + "/" + origin)
                                    .within(origin);
                        })))
                : Optional.empty();
    }
}

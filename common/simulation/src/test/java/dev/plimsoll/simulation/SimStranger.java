package dev.plimsoll.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.Seal;
import dev.plimsoll.wire.codec.WireHeaders;
import dev.plimsoll.wire.protocol.Control;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.SampleOrigin;
import dev.plimsoll.wire.sample.TokenizedSample;
import dev.plimsoll.wire.tensor.ShardManifest;
import dev.plimsoll.wire.tensor.TensorChunk;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.internals.RecordHeader;

import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Somebody who may write to the run's topics and has no business there: writes again what lies
 * there, changes it, seals it as another run would, or writes what no decoder takes.
 */
final class SimStranger {
    private static final Pattern NUMBER = Pattern.compile("(?<=:)[0-9]{1,9}(?=[,}])");
    private static final int NEWEST = 8;

    private final SimWorld world;
    private final SplittableRandom random;

    /** @param seals whether the run's seal on it is right: it is one of the run's, written again */
    private record Written(ProducerRecord<byte[], byte[]> record, boolean seals) {}

    SimStranger(SimWorld world) {
        this.world = world;
        this.random = world.random("stranger");
    }

    void act() {
        if (!world.gate.hasStrangers()) {
            return;
        }
        for (FaultKind kind : ForeignFaults.KINDS) {
            if (mayWrite(kind) && world.faults.strikes(kind)) {
                write(kind);
            }
        }
    }

    /** Whether something lies in the topic. */
    private boolean mayWrite(FaultKind kind) {
        return switch (kind) {
            case FOREIGN_IN_TOKENIZED -> !world.samples.isEmpty();
            case FOREIGN_IN_REJECTED -> !world.intake.rejected.isEmpty();
            case FOREIGN_IN_JOURNAL -> !world.kafka.journal.isEmpty();
            case FOREIGN_IN_CONTROL -> world.kafka.controls.size() > 0;
            case FOREIGN_IN_REPORTS ->
                world.kafka.reports.stream().anyMatch(topic -> topic.size() > 0);
            case FOREIGN_IN_COMMANDS -> world.kafka.lanes.getFirst().size() > 0;
            case FOREIGN_IN_GRADIENTS -> !halfWritten(world.kafka.gradients).isEmpty();
            case FOREIGN_IN_SUMS -> !halfWritten(world.kafka.sums).isEmpty();
            default -> true;
        };
    }

    private void write(FaultKind kind) {
        switch (kind) {
            case FOREIGN_IN_CONTROL -> control();
            case FOREIGN_IN_REPORTS -> into(any(world.kafka.reports));
            case FOREIGN_IN_COMMANDS ->
                into(random.nextBoolean() ? world.kafka.lanes.getFirst() : any(world.kafka.lanes));
            case FOREIGN_IN_TOKENIZED -> tokenized();
            case FOREIGN_IN_REJECTED -> rejected();
            case FOREIGN_IN_JOURNAL -> {
                List<ConsumerRecord<byte[], byte[]>> log = world.kafka.journalLog.log();
                world.kafka.journalLog.addOfStranger(shape(one(log)).record());
            }
            case FOREIGN_IN_GRADIENTS -> tensors(world.kafka.gradients, SimGate.NAMES.gradients());
            case FOREIGN_IN_SUMS -> tensors(world.kafka.sums, SimGate.NAMES.sums());
            case FOREIGN_IN_ADAPTER -> adapter();
            default -> throw new IllegalArgumentException(kind.name());
        }
    }

    private <T> SimTopic<T> any(List<SimTopic<T>> topics) {
        List<SimTopic<T>> used =
                topics.stream().filter(topic -> topic.size() > 0).toList();
        return used.get(random.nextInt(used.size()));
    }

    private void into(SimTopic<?> topic) {
        Written written = shape(one(topic.travelling()));
        topic.addOfStranger(written.record(), written.seals());
    }

    /** Mostly one of the newest: what is changed of them does harm. */
    private <T> T one(List<T> log) {
        int newest = random.nextBoolean() ? Math.min(NEWEST, log.size()) : log.size();
        return log.get(log.size() - 1 - random.nextInt(newest));
    }

    private Written shape(ConsumerRecord<byte[], byte[]> own) {
        return switch (random.nextInt(8)) {
            case 0, 1 -> again(own);
            case 2, 3, 4 -> unsealed(changed(own));
            case 5 -> unsealed(SimGate.sealedByAnother(changed(own)));
            default -> unsealed(junk(own));
        };
    }

    private static Written unsealed(ProducerRecord<byte[], byte[]> record) {
        return new Written(record, false);
    }

    /** As it lies there: of a stranger's own, its seal is as wrong as before. */
    private static Written again(ConsumerRecord<byte[], byte[]> own) {
        return new Written(copy(own, own.value()), SimGate.isSealed(own));
    }

    private static ProducerRecord<byte[], byte[]> copy(
            ConsumerRecord<byte[], byte[]> own, byte[] value) {
        return new ProducerRecord<>(
                own.topic(),
                own.partition(),
                own.key(),
                value,
                List.of(own.headers().toArray()));
    }

    /** One number in it is another; the seal is that of before. */
    private ProducerRecord<byte[], byte[]> changed(ConsumerRecord<byte[], byte[]> own) {
        String json = own.value() == null ? "" : new String(own.value(), UTF_8);
        List<MatchResult> found = NUMBER.matcher(json).results().toList();
        if (found.isEmpty()) {
            return junk(own);
        }
        MatchResult one = found.get(random.nextInt(found.size()));
        long number = Long.parseLong(one.group());
        String other = json.substring(0, one.start())
                + (random.nextInt(4) == 0 ? number + 1_000_000 : number + 1)
                + json.substring(one.end());
        return copy(own, other.getBytes(UTF_8));
    }

    private ProducerRecord<byte[], byte[]> junk(ConsumerRecord<byte[], byte[]> own) {
        ProducerRecord<byte[], byte[]> junk = switch (random.nextInt(5)) {
            case 0 -> copy(own, null);
            case 1 -> copy(own, new byte[] {(byte) 0xff, 0, '{'});
            case 2 -> copy(own, "x".repeat(100_000).getBytes(UTF_8));
            case 3 -> typed(own, null);
            default -> typed(own, WireHeaders.utf8("plimsoll.report.Finished.v99"));
        };
        junk.headers().remove(random.nextBoolean() ? Seal.HEADER : "none");
        return junk;
    }

    private static ProducerRecord<byte[], byte[]> typed(
            ConsumerRecord<byte[], byte[]> own, byte[] type) {
        ProducerRecord<byte[], byte[]> record = copy(own, own.value());
        record.headers().remove(WireHeaders.TYPE);
        record.headers().add(new RecordHeader(WireHeaders.TYPE, type));
        return record;
    }

    /** Anybody may ask; so only what no decoder takes, and requests that are taken up once. */
    private void control() {
        SimTopic<Control> topic = world.kafka.controls;
        int at = random.nextInt(topic.size());
        boolean once = topic.read(at)
                .filter(is -> is instanceof Decoded.Ok<Control>(Control control)
                        && control instanceof Control.Once)
                .isPresent();
        ConsumerRecord<byte[], byte[]> own = topic.travelling().get(at);
        topic.addOfStranger(
                once && random.nextBoolean() ? copy(own, own.value()) : junk(own), false);
    }

    private void tokenized() {
        List<Long> ordinals = List.copyOf(world.samples.keySet());
        ConsumerRecord<byte[], byte[]> own =
                world.intake.tokenized.get(one(ordinals).intValue());
        Written written = random.nextInt(3) == 0
                ? unsealed(otherSequence(own))
                : random.nextInt(3) == 0 ? unsealed(junk(own)) : again(own);
        world.intake.addOfStranger(written.record(), written.seals());
    }

    /** Of a place in {@code samples} where nothing lies. */
    private ProducerRecord<byte[], byte[]> otherSequence(ConsumerRecord<byte[], byte[]> own) {
        TokenizedSample of =
                ((Decoded.Ok<TokenizedSample>) TokenizedSample.decode(List.of(own))).value();
        return new TokenizedSample(
                        "stranger",
                        new SampleOrigin(
                                of.origin().partition(), 1_000_000 + random.nextInt(1_000)),
                        of.sha256(),
                        of.tokens(),
                        of.trainOn())
                .toRecords(SimGate.NAMES.tokenized())
                .getFirst();
    }

    /** That an id is taken which comes later, perhaps; or how far ingest was. */
    private void rejected() {
        ConsumerRecord<byte[], byte[]> own = one(world.intake.rejected);
        Optional<RejectedSample> of =
                Wire.REJECTED.decode(own) instanceof Decoded.Ok<RejectedSample>(var is)
                        ? Optional.of(is)
                        : Optional.empty();
        Written written = of.isPresent() && random.nextInt(3) > 0
                ? unsealed(otherRejection(of.get()))
                : shape(own);
        world.intake.rejectOfStranger(written.record(), written.seals());
    }

    private ProducerRecord<byte[], byte[]> otherRejection(RejectedSample of) {
        RejectedSample other = new RejectedSample(
                "id-" + random.nextInt(world.submissions.size()),
                new SampleOrigin(
                        of.origin().partition(), of.origin().offset() + random.nextInt(10)),
                "",
                of.reason(),
                "a stranger's",
                new RejectedSample.Content("00".repeat(32), ""));
        return Wire.REJECTED.toRecord(
                SimGate.NAMES.rejected(), 0, other.sampleId(), other, "stranger", "");
    }

    /** The shards to which somebody is writing chunks: what comes between them does most harm. */
    private List<Integer> halfWritten(List<List<SimGradient>> logs) {
        return IntStream.range(0, logs.size())
                .filter(shard -> !logs.get(shard).isEmpty()
                        && logs.get(shard).getLast() instanceof SimGradient.Chunk(var last, var is)
                        && last.chunk() + 2 < world.layout.chunks(shard))
                .boxed()
                .toList();
    }

    /** In the place of the newest one, or of the one that comes next. */
    private void tensors(List<List<SimGradient>> logs, String topic) {
        List<Integer> shards = halfWritten(logs);
        int shard = shards.get(random.nextInt(shards.size()));
        List<SimGradient> log = logs.get(shard);
        SimGradient.Chunk last = (SimGradient.Chunk) log.getLast();
        TensorChunk newest = last.chunk();
        TensorChunk next = new TensorChunk(
                shard,
                newest.chunk() + 1,
                newest.part(),
                newest.owner(),
                newest.dtype(),
                newest.bytes());
        // nobody can seal damaged bytes: a copy of them has their checksum, and is damaged too
        Written written = !random.nextBoolean() || last.damaged()
                ? changed(next, topic)
                : tensor(newest, topic);
        log.add(new SimGradient.Foreign(lies(written, log.size(), shard)));
    }

    private Written tensor(TensorChunk chunk, String topic) {
        ProducerRecord<byte[], byte[]> own = SimGate.sealed(chunk.toRecord(topic, "sim"));
        return random.nextInt(4) == 0 ? new Written(own, true) : changed(chunk, topic);
    }

    /** Its checksum is right: another bit was in memory. */
    private Written changed(TensorChunk chunk, String topic) {
        byte[] bytes = chunk.bytes().clone();
        bytes[bytes.length - 1] ^= 0x01;
        ProducerRecord<byte[], byte[]> other = new TensorChunk(
                        chunk.shard(),
                        chunk.chunk(),
                        chunk.part(),
                        chunk.owner(),
                        chunk.dtype(),
                        bytes)
                .toRecord(topic, "sim");
        return unsealed(random.nextInt(4) == 0 ? SimGate.sealedByAnother(other) : other);
    }

    private ConsumerRecord<byte[], byte[]> lies(Written written, long offset, int partition) {
        ConsumerRecord<byte[], byte[]> record = SimGate.at(offset, partition, written.record());
        return written.seals() ? record : world.gate.unsealed(record);
    }

    /** Chunks of the newest state, changed or of the far future, and manifests of versions. */
    private void adapter() {
        int shard = random.nextInt(world.layout.shards());
        SimStates states = world.kafka.states.get(shard);
        String topic = SimGate.NAMES.adapter();
        List<TensorChunk> chunks =
                states.newest().state().adapterChunks(world.layout).toList();
        TensorChunk own = chunks.get(random.nextInt(chunks.size()));
        ShardManifest manifest = new ShardManifest(
                shard, 1, own.owner() + 1_000_000 * random.nextInt(2), List.of(1L), List.of());
        Written written = switch (random.nextInt(3)) {
            case 0 -> tensor(own, topic);
            case 1 ->
                unsealed(new TensorChunk(
                                shard,
                                own.chunk(),
                                own.part(),
                                own.owner() + 1_000_000,
                                own.dtype(),
                                own.bytes())
                        .toRecord(topic, "sim"));
            default ->
                unsealed(Wire.SHARD_MANIFESTS.toRecord(
                        topic, shard, "manifest/stranger", manifest, "sim", ""));
        };
        states.addOfStranger(lies(written, states.adapter().size(), shard));
    }
}

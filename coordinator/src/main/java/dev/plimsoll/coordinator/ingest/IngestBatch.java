package dev.plimsoll.coordinator.ingest;

import dev.plimsoll.coordinator.ingest.ClaimedIds.Claim;
import dev.plimsoll.coordinator.ingest.IngestTransaction.Counts;
import dev.plimsoll.coordinator.ingest.SampleIntake.Outcome;
import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.codec.Decoded;
import dev.plimsoll.wire.codec.TraceContext;
import dev.plimsoll.wire.sample.RejectedSample;
import dev.plimsoll.wire.sample.RejectionReason;
import dev.plimsoll.wire.sample.SampleChunk;
import dev.plimsoll.wire.sample.SampleOrigin;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Deals with some records, one after the other, into one transaction. It reads the state and leaves
 * it as it is.
 */
final class IngestBatch {

    private final Topics topics;
    private final SampleIntake intake;
    private final IngestState state;
    private final List<ProducerRecord<byte[], byte[]>> out = new ArrayList<>();
    private final SortedMap<Integer, Long> read = new TreeMap<>();
    private final Map<String, String> claims = new LinkedHashMap<>();
    private final SortedMap<Integer, Assemblies> assemblies = new TreeMap<>();
    private Counts counts = Counts.NONE;
    /** Of what the record that is dealt with becomes. */
    private Optional<TraceContext> trace = Optional.empty();

    IngestBatch(Topics topics, SampleIntake intake, IngestState state) {
        this.topics = topics;
        this.intake = intake;
        this.state = state;
    }

    /** Skips it where it is dealt with already. */
    void take(ConsumerRecord<byte[], byte[]> record) {
        trace = TraceContext.of(record.headers())
                .map(given -> given.within(record.partition() + "/" + record.offset()));
        int partition = record.partition();
        long next = read.getOrDefault(partition, state.nextOffset(partition));
        Assemblies open =
                assemblies.computeIfAbsent(partition, p -> state.assemblies(p).copy());
        boolean isNew = record.offset() >= next;
        if (record.offset() < open.readTo()) {
            return;
        }
        if (isNew) {
            read.put(partition, record.offset() + 1);
        }
        open.advance(record.offset()).forEach(one -> giveUp(partition, one, tooLate(), isNew));
        if (SampleChunk.isChunk(record.headers())) {
            takeChunk(record, open, isNew);
            open.overflow().forEach(one -> giveUp(partition, one, tooMany(), isNew));
        } else if (isNew) {
            add(intake.take(Submission.of(record), this::claim));
        }
    }

    IngestTransaction transaction() {
        SortedMap<Integer, Long> openFrom = new TreeMap<>();
        read.forEach((partition, next) ->
                openFrom.put(partition, Math.min(next, assemblies.get(partition).openFrom())));
        return new IngestTransaction(out, read, openFrom, claims, assemblies, counts);
    }

    private void takeChunk(ConsumerRecord<byte[], byte[]> record, Assemblies open, boolean isNew) {
        switch (SampleChunk.decode(record)) {
            case Decoded.Malformed<SampleChunk>(var where, var problem) ->
                incomplete(
                        record, problem + "; this is how a part of a sample is described", isNew);
            case Decoded.Ok<SampleChunk>(var chunk) -> takeChunk(record, chunk, open, isNew);
        }
    }

    private void takeChunk(
            ConsumerRecord<byte[], byte[]> record,
            SampleChunk chunk,
            Assemblies open,
            boolean isNew) {
        Submission part = Submission.of(record);
        if (part.givenId().isEmpty() || record.key() == null || record.value() == null) {
            incomplete(
                    record,
                    "a part of a sample needs the sample's id as its key, and a value",
                    isNew);
            return;
        }
        String id = part.givenId().get();
        if (look(id, chunk.sha256()) == Claim.SAME_CONTENT) {
            // counted once, with the last part
            counts = isNew && chunk.last() ? counts.plus(Counts.REPEATED) : counts;
            return;
        }
        if (intake.isTooLarge(chunk.bytes())) {
            tooLarge(part, chunk, isNew);
            return;
        }
        Assembly.Key key = Assembly.Key.of(id, chunk);
        switch (open.take(record.offset(), key, chunk, record.value())) {
            case Assemblies.Step.Kept _ -> {}
            case Assemblies.Step.Missing(var note) -> incomplete(record, note, isNew);
            case Assemblies.Step.Complete(var bytes) -> {
                Submission whole = part.whole(bytes);
                if (!isNew) {
                    return;
                }
                if (whole.sha256().equals(chunk.sha256()) && bytes.length == chunk.bytes()) {
                    add(intake.take(whole, this::claim));
                } else {
                    incomplete(
                            record,
                            "its parts do not make what their headers say: " + chunk.bytes()
                                    + " bytes with the SHA-256 " + chunk.sha256()
                                    + "; submit the sample again",
                            true);
                }
            }
        }
    }

    /** The first part of it rejects it, and takes the id; the others are repeats of that. */
    private void tooLarge(Submission part, SampleChunk chunk, boolean isNew) {
        if (isNew) {
            add(intake.take(part.announced(chunk.bytes(), chunk.sha256()), this::claim));
        }
    }

    private void incomplete(ConsumerRecord<byte[], byte[]> record, String note, boolean isNew) {
        if (isNew) {
            Submission part = Submission.of(record);
            add(new Outcome.Reject(part.rejected(
                    part.idWith(Optional.empty()), RejectionReason.INCOMPLETE, note)));
        }
    }

    private void giveUp(int partition, Assembly given, String why, boolean isNew) {
        if (isNew) {
            Assembly.Key key = given.key();
            byte[] first = given.parts().getFirst();
            Optional<TraceContext> ofTheOther = trace;
            trace = Optional.empty();
            add(new Outcome.Reject(new RejectedSample(
                    key.id(),
                    new SampleOrigin(partition, given.last()),
                    "",
                    RejectionReason.INCOMPLETE,
                    given.next() + " of its " + key.count() + " parts came, and " + why,
                    new RejectedSample.Content(key.sha256(), Submission.prefix(first)))));
            trace = ofTheOther;
        }
    }

    private static String tooLate() {
        return "none came in the " + Assemblies.PATIENCE
                + " records after them; submit the sample again";
    }

    private static String tooMany() {
        return "others that began later need the room: of samples that are not complete at most "
                + Assemblies.MOST_OPEN + " with " + Assemblies.MOST_BYTES
                + " bytes are kept; submit the sample again";
    }

    /** The transaction's own claims are not in the state before they are committed. */
    private Claim claim(String id, String sha256) {
        Claim claim = look(id, sha256);
        if (claim == Claim.NEW) {
            claims.put(id, sha256);
        }
        return claim;
    }

    private Claim look(String id, String sha256) {
        String before = claims.get(id);
        if (before != null) {
            return before.equals(sha256) ? Claim.SAME_CONTENT : Claim.OTHER_CONTENT;
        }
        return state.ids().look(id, sha256);
    }

    private void add(Outcome outcome) {
        switch (outcome) {
            case Outcome.Train(var sample) -> {
                sample.toRecords(topics.tokenized()).forEach(this::write);
                counts = counts.plus(Counts.of(sample));
            }
            case Outcome.Reject(var sample) -> {
                write(toRecord(topics, sample));
                counts = counts.plus(Counts.REJECTED);
            }
            case Outcome.Repeat _ -> counts = counts.plus(Counts.REPEATED);
        }
    }

    /** The trace of who submitted it goes on: decision 0178. */
    private void write(ProducerRecord<byte[], byte[]> record) {
        trace.ifPresent(is -> record.headers().add(is.header()));
        out.add(record);
    }

    static ProducerRecord<byte[], byte[]> toRecord(Topics topics, RejectedSample sample) {
        SampleOrigin origin = sample.origin();
        String eventId = origin.partition() + "-" + origin.offset();
        return Wire.REJECTED.toRecord(
                topics.rejected(), 0, sample.sampleId(), sample, "ingest", eventId);
    }
}

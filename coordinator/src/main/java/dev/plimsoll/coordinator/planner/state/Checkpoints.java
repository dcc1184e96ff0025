package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.wire.journal.JournalRecord;
import dev.plimsoll.wire.run.EvaluationSettings;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The checkpoints that can be rolled back to, what is asked of them, and what the shards are doing
 * for it.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Checkpoints {
    /** When there would be one more, the oldest expires. */
    public static final int MAX_CHECKPOINTS = 64;

    /** Requests that wait; one more is refused. */
    public static final int MAX_WAITING = 64;

    /** Ids by which a repeated request is known. */
    private static final int MAX_REQUESTS = 256;

    private static final int MAX_NEWS = 8;

    private TreeMap<String, Checkpoint> taken;
    private List<Request> waiting;
    private Optional<CheckpointWork> work;
    private List<String> requests;
    private List<String> news;

    /**
     * What an operator asked for.
     *
     * @param rollback to the checkpoint of that name; otherwise a checkpoint of that name
     * @param request the id of the request
     */
    public record Request(boolean rollback, String name, String request) {}

    @JsonCreator
    Checkpoints(
            @JsonProperty("taken") SortedMap<String, Checkpoint> taken,
            @JsonProperty("waiting") List<Request> waiting,
            @JsonProperty("work") Optional<CheckpointWork> work,
            @JsonProperty("requests") List<String> requests,
            @JsonProperty("news") List<String> news) {
        this.taken = new TreeMap<>(taken);
        this.waiting = List.copyOf(waiting);
        this.work = work;
        this.requests = List.copyOf(requests);
        this.news = List.copyOf(news);
    }

    static Checkpoints none() {
        return new Checkpoints(new TreeMap<>(), List.of(), Optional.empty(), List.of(), List.of());
    }

    Checkpoints copy() {
        return new Checkpoints(taken, waiting, work, requests, news);
    }

    /** By name: those that every shard has saved, and that can be rolled back to. */
    public SortedMap<String, Checkpoint> taken() {
        return Collections.unmodifiableSortedMap(taken);
    }

    public Optional<Request> next() {
        return waiting.isEmpty() ? Optional.empty() : Optional.of(waiting.getFirst());
    }

    public Optional<CheckpointWork> work() {
        return work;
    }

    /** Nothing is asked for and nothing is being done. */
    public boolean isIdle() {
        return waiting.isEmpty() && work.isEmpty();
    }

    /** The current version must stay until it is saved. */
    public boolean isSaving() {
        return work.filter(CheckpointWork.Saving.class::isInstance).isPresent();
    }

    /** No step may open until it is over. */
    public boolean isRestoring() {
        return work.filter(CheckpointWork.Restoring.class::isInstance).isPresent();
    }

    public boolean isFull() {
        return waiting.size() >= MAX_WAITING;
    }

    public boolean isKnown(String request) {
        return requests.contains(request);
    }

    /** The checkpoint that lies farthest back; one that is being saved counts too. */
    public Optional<Checkpoint> oldest() {
        List<Checkpoint> all = new ArrayList<>(taken.values());
        work.filter(CheckpointWork.Saving.class::isInstance)
                .map(CheckpointWork::checkpoint)
                .ifPresent(all::add);
        return all.stream()
                .min(Comparator.comparingLong(Checkpoint::version).thenComparing(Checkpoint::name));
    }

    /** Notes for the next step's line. */
    List<String> news() {
        return news;
    }

    void told() {
        news = List.of();
    }

    void apply(JournalRecord.CheckpointAsked asked) {
        await(new Request(false, asked.name(), asked.request()), asked);
    }

    void apply(JournalRecord.RollbackAsked asked) {
        await(new Request(true, asked.name(), asked.request()), asked);
    }

    private void await(Request request, JournalRecord record) {
        IllegalRecord.when(isKnown(request.request()), record, "it was asked for before");
        IllegalRecord.when(isFull(), record, waiting.size() + " requests wait");
        waiting = plus(waiting, request);
        remember(request.request());
    }

    /** A request is refused at once, or when its turn has come. */
    void apply(JournalRecord.RequestRefused refused) {
        waiting = waiting.stream()
                .filter(request -> !request.request().equals(refused.request()))
                .toList();
        if (!isKnown(refused.request())) {
            remember(refused.request());
        }
    }

    /** What is done at once is remembered like a request for a checkpoint. */
    void done(String request, JournalRecord record) {
        IllegalRecord.when(isKnown(request), record, "it was asked for before");
        remember(request);
    }

    private void remember(String request) {
        List<String> known = plus(requests, request);
        requests =
                List.copyOf(known.subList(Math.max(0, known.size() - MAX_REQUESTS), known.size()));
    }

    /** @param updates that led to the version */
    void apply(JournalRecord.CheckpointBegun begun, long updates) {
        granted(false, begun.name(), begun);
        IllegalRecord.when(
                taken.size() >= MAX_CHECKPOINTS && !taken.containsKey(begun.name()),
                begun,
                "too many are kept");
        taken.remove(begun.name());
        Checkpoint checkpoint = new Checkpoint(
                begun.name(), begun.version(), begun.stepsDone(), updates, begun.position());
        work = Optional.of(new CheckpointWork.Saving(checkpoint, Collections.emptySortedSet()));
    }

    void apply(JournalRecord.CheckpointSaveAccepted saved) {
        work = Optional.of(under(CheckpointWork.Saving.class, saved).with(saved));
    }

    void apply(JournalRecord.CheckpointTaken is, int shards) {
        CheckpointWork.Saving saving = under(CheckpointWork.Saving.class, is);
        Checkpoint checkpoint = saving.checkpoint();
        boolean through = saving.shards().size() == shards
                && checkpoint.name().equals(is.name())
                && checkpoint.version() == is.version();
        IllegalRecord.when(!through, is, "what is saved is " + saving);
        taken.put(checkpoint.name(), checkpoint);
        work = Optional.empty();
        tell("checkpoint " + is.name() + " is version " + is.version());
    }

    void apply(JournalRecord.CheckpointExpired expired) {
        IllegalRecord.when(
                taken.remove(expired.name()) == null, expired, "there is none of that name");
        tell("checkpoint " + expired.name() + " cannot be rolled back to any more: "
                + expired.note());
    }

    void apply(JournalRecord.RollbackBegun begun) {
        granted(true, begun.name(), begun);
        IllegalRecord.when(!taken.containsKey(begun.name()), begun, "there is no such checkpoint");
        work = Optional.of(new CheckpointWork.Restoring(
                taken.get(begun.name()), begun.baseVersion(), Collections.emptySortedSet()));
    }

    void apply(JournalRecord.CheckpointRestoreAccepted restored) {
        work = Optional.of(under(CheckpointWork.Restoring.class, restored).with(restored));
    }

    /** Later checkpoints are removed: their past is undone. */
    Checkpoint apply(JournalRecord.RolledBack is, int shards) {
        CheckpointWork.Restoring restoring = under(CheckpointWork.Restoring.class, is);
        Checkpoint checkpoint = restoring.checkpoint();
        boolean through = restoring.shards().size() == shards
                && checkpoint.name().equals(is.name())
                && checkpoint.version() == is.ofVersion()
                && is.version() == restoring.baseVersion() + 1;
        IllegalRecord.when(!through, is, "what is restored is " + restoring);
        taken.values().removeIf(other -> other.version() > checkpoint.version());
        work = Optional.empty();
        tell("version " + is.version() + " is checkpoint " + is.name() + " again, version "
                + is.ofVersion());
        return checkpoint;
    }

    /**
     * The version that was just evaluated is to be kept, before anything else that is asked: it is
     * the current one.
     */
    void keepBest(JournalRecord.EvaluationClosed closed) {
        List<Request> first = new ArrayList<>();
        first.add(
                new Request(false, EvaluationSettings.BEST, "best-of-version-" + closed.version()));
        first.addAll(waiting);
        waiting = List.copyOf(first);
    }

    void tell(String what) {
        List<String> all = plus(news, what);
        news = List.copyOf(all.subList(Math.max(0, all.size() - MAX_NEWS), all.size()));
    }

    private void granted(boolean rollback, String name, JournalRecord record) {
        boolean isNext = next().filter(request ->
                        request.rollback() == rollback && request.name().equals(name))
                .isPresent();
        IllegalRecord.when(!isNext || work.isPresent(), record, "it is not its turn");
        waiting = waiting.subList(1, waiting.size());
    }

    private <W extends CheckpointWork> W under(Class<W> kind, JournalRecord record) {
        CheckpointWork current = work.orElse(null);
        IllegalRecord.when(!kind.isInstance(current), record, "the shards' work is " + current);
        return kind.cast(current);
    }

    private static <T> List<T> plus(List<T> list, T more) {
        List<T> all = new ArrayList<>(list);
        all.add(more);
        return List.copyOf(all);
    }
}

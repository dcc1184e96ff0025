package dev.plimsoll.coordinator.planner.state;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonAutoDetect.Visibility;
import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.wire.journal.JournalRecord.LoadLineChanged;
import dev.plimsoll.wire.journal.JournalRecord.MemoryCapped;
import dev.plimsoll.wire.journal.JournalRecord.MemoryLineChanged;
import dev.plimsoll.wire.journal.JournalRecord.WorkerAdmitted;
import dev.plimsoll.wire.journal.JournalRecord.WorkerDraining;
import dev.plimsoll.wire.journal.JournalRecord.WorkerLost;
import dev.plimsoll.wire.journal.JournalRecord.WorkerReady;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The workers that are admitted, those that have left and might be heard again, and the
 * incarnations that were replaced.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE)
public final class Fleet {
    private static final int MAX_DEPARTED = 256;
    private static final int MAX_REPLACED_PER_WORKER = 8;

    /** In a snapshot they are called members. */
    @JsonProperty("members")
    private final SortedMap<String, Worker> workers;

    private final SortedMap<String, Worker> departed;
    private final SortedMap<String, List<String>> replaced;
    private long lastGeneration;

    @JsonCreator
    Fleet(
            @JsonProperty("members") SortedMap<String, Worker> workers,
            @JsonProperty("departed") SortedMap<String, Worker> departed,
            @JsonProperty("replaced") SortedMap<String, List<String>> replaced,
            @JsonProperty("lastGeneration") long lastGeneration) {
        this.workers = workers;
        this.departed = departed;
        this.replaced = replaced;
        this.lastGeneration = lastGeneration;
    }

    static Fleet empty() {
        return new Fleet(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), 0);
    }

    Fleet copy() {
        return new Fleet(
                new TreeMap<>(workers),
                new TreeMap<>(departed),
                new TreeMap<>(replaced),
                lastGeneration);
    }

    public Collection<Worker> workers() {
        return Collections.unmodifiableCollection(workers.values());
    }

    public Optional<Worker> worker(String workerId) {
        return Optional.ofNullable(workers.get(workerId));
    }

    /** The worker, if this generation of it is the current one. */
    public Optional<Worker> current(String workerId, long generation) {
        return worker(workerId).filter(worker -> worker.generation() == generation);
    }

    /** The last generation of a worker that is not admitted now. */
    public Optional<Worker> departed(String workerId) {
        return Optional.ofNullable(departed.get(workerId));
    }

    /** A newer process has had this worker id: the incarnation may never come back. */
    public boolean isReplaced(String workerId, String incarnation) {
        return replaced(workerId).contains(incarnation);
    }

    /** The incarnations that may never come back under this worker id, as far as remembered. */
    public List<String> replaced(String workerId) {
        return replaced.getOrDefault(workerId, List.of());
    }

    public List<Worker> ready() {
        return workers.values().stream().filter(Worker::ready).toList();
    }

    public long nextGeneration() {
        return lastGeneration + 1;
    }

    /** Of the lanes 1 to {@code lanes}, the lowest of those with the fewest workers. */
    public int quietestLane(int lanes) {
        int[] loads = new int[lanes + 1];
        workers.values().forEach(worker -> loads[worker.lane()]++);
        int quietest = 1;
        for (int lane = 2; lane <= lanes; lane++) {
            if (loads[lane] < loads[quietest]) {
                quietest = lane;
            }
        }
        return quietest;
    }

    /** @param version that is committed as it is admitted */
    void apply(WorkerAdmitted admitted, int initialMaxTokens, long version) {
        IllegalRecord.when(
                workers.containsKey(admitted.workerId()), admitted, "it is admitted already");
        IllegalRecord.when(
                admitted.generation() <= lastGeneration,
                admitted,
                "the last generation is " + lastGeneration);
        Worker before = departed.remove(admitted.workerId());
        if (before != null && !before.incarnation().equals(admitted.incarnation())) {
            replace(before);
        }
        int maxTokens = before == null ? initialMaxTokens : before.maxTokens();
        lastGeneration = admitted.generation();
        workers.put(admitted.workerId(), Worker.admitted(admitted, maxTokens, version, before));
    }

    private void replace(Worker before) {
        List<String> incarnations = new ArrayList<>(replaced(before.workerId()));
        incarnations.add(before.incarnation());
        int surplus = Math.max(0, incarnations.size() - MAX_REPLACED_PER_WORKER);
        replaced.put(
                before.workerId(), List.copyOf(incarnations.subList(surplus, incarnations.size())));
    }

    void apply(WorkerReady ready) {
        Optional<Worker> worker = current(ready.workerId(), ready.generation());
        IllegalRecord.when(worker.isEmpty(), ready, "that generation is not current");
        IllegalRecord.when(worker.orElseThrow().draining(), ready, "it is draining");
        workers.put(ready.workerId(), worker.orElseThrow().asReady());
    }

    void apply(WorkerDraining draining) {
        Optional<Worker> worker = current(draining.workerId(), draining.generation());
        IllegalRecord.when(worker.isEmpty(), draining, "that generation is not current");
        workers.put(draining.workerId(), worker.orElseThrow().asDraining());
    }

    void apply(WorkerLost lost) {
        IllegalRecord.when(
                current(lost.workerId(), lost.generation()).isEmpty(),
                lost,
                "that generation is not current");
        departed.put(lost.workerId(), workers.remove(lost.workerId()));
        if (departed.size() > MAX_DEPARTED) {
            // a cap is kept as long as others can be forgotten
            departed.values().stream()
                    .min(Comparator.comparing((Worker worker) -> worker.capBytes() > 0)
                            .thenComparingLong(Worker::generation))
                    .ifPresent(oldest -> departed.remove(oldest.workerId()));
        }
    }

    void apply(MemoryLineChanged changed) {
        Worker worker = workers.get(changed.workerId());
        IllegalRecord.when(worker == null, changed, "no such worker");
        IllegalRecord.when(
                changed.card() < 0 || changed.card() >= worker.cards(), changed, "no such card");
        workers.put(
                changed.workerId(),
                worker.with(
                        changed.card(),
                        new MemoryLine(
                                changed.usedBytes(),
                                changed.lineBytes(),
                                changed.changedAtMillis())));
    }

    void apply(MemoryCapped capped) {
        Worker worker = workers.get(capped.workerId());
        IllegalRecord.when(worker == null, capped, "no such worker");
        workers.put(capped.workerId(), worker.withCap(capped.capBytes()));
    }

    void apply(LoadLineChanged changed) {
        Worker worker = workers.get(changed.workerId());
        IllegalRecord.when(worker == null, changed, "no such worker");
        workers.put(changed.workerId(), worker.withMaxTokens(changed.maxTokens()));
    }
}

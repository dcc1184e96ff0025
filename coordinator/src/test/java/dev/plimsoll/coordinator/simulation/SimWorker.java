package dev.plimsoll.coordinator.simulation;

import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.wire.ChunkSpan;
import dev.plimsoll.wire.Command;
import dev.plimsoll.wire.ContributionManifest;
import dev.plimsoll.wire.ContributionManifest.TrainedAttempt;
import dev.plimsoll.wire.FailureReason;
import dev.plimsoll.wire.MemoryMeasures;
import dev.plimsoll.wire.Report;
import dev.plimsoll.wire.SequenceRef;
import dev.plimsoll.wire.TensorChunk;
import dev.plimsoll.wire.TrainMeasures;
import dev.plimsoll.wire.WorkerDevice;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A worker that is honest about what its sum holds, and otherwise dies, freezes and forgets. */
final class SimWorker {
    static final int SMALLEST_CAPACITY_TOKENS = 150;
    private static final WorkerDevice DEVICE = new WorkerDevice("cpu", "simulated", "fp32", 0);
    private static final long HEARTBEAT_MILLIS = 300;
    /** Room for about a thousand tokens of four layers that are not recomputed. */
    private static final long MEMORY_BYTES = 64_000_000;

    private final SimWorld world;
    private final String workerId;
    private final int capacityTokens;
    private final Deque<Report> outbox = new ArrayDeque<>();

    private int incarnations;
    private boolean alive;
    private long idleUntilMillis;
    private long lastBeatMillis;
    private long cutOffUntilMillis;
    private boolean draining;
    private long drainUntilMillis;
    private int laneZeroAt;
    private int laneAt;
    private Command.Admitted admission;
    private long version;
    private final Deque<Command.Queued> queue = new ArrayDeque<>();
    private final Set<Long> seenAttempts = new HashSet<>();
    private final List<TrainedAttempt> sum = new ArrayList<>();
    private long stepOfSum = -1;

    SimWorker(SimWorld world, String workerId) {
        this.world = world;
        this.workerId = workerId;
        this.capacityTokens = SMALLEST_CAPACITY_TOKENS + world.random.nextInt(500);
    }

    void act() {
        if (world.fault(0.004)) {
            misbehave();
        }
        if (world.nowMillis < idleUntilMillis && !world.calm) {
            return;
        }
        if (!alive) {
            start();
        }
        if (!draining && admission != null && world.fault(0.004)) {
            drain();
        }
        if (world.fault(0.01)) {
            cutOffUntilMillis = world.nowMillis + world.random.nextInt(2_000);
        }
        if (world.calm || world.nowMillis >= cutOffUntilMillis) {
            readLanes();
        }
        beat();
        work();
        leaveWhenDrained();
        while (!outbox.isEmpty() && (world.calm || world.chance(0.7))) {
            Report report = outbox.poll();
            world.kafka.report(report);
            if (world.fault(0.05)) {
                world.repeatLater(report);
            }
        }
    }

    private void misbehave() {
        idleUntilMillis = world.nowMillis + world.random.nextInt(8_000);
        switch (world.random.nextInt(4)) {
            case 0 -> { // dies, with or without what it was about to say
                alive = false;
                if (world.chance(0.5)) {
                    outbox.clear();
                }
            }
            case 1 -> { // leaves
                if (admission != null) {
                    outbox.add(new Report.Left(workerId, admission.generation(), "for now"));
                }
                alive = false;
            }
            case 2 -> sum.clear(); // forgets, and does not know that it should say so
            default -> {} // freezes, and comes back as what it was
        }
    }

    private void drain() {
        draining = true;
        drainUntilMillis = world.nowMillis + world.random.nextInt(5_000);
        outbox.add(new Report.Draining(workerId, admission.generation(), "wanted elsewhere"));
        List.copyOf(queue).forEach(this::handBackIfTraining);
    }

    private void handBackIfTraining(Command.Queued queued) {
        if (queued instanceof Command.TrainMicroBatch train) {
            handBack(new Command.Recall(workerId, train.generation(), train.attempt()));
        }
    }

    /** Or when it takes too long. */
    private void leaveWhenDrained() {
        if (draining && (queue.isEmpty() && sum.isEmpty() || world.nowMillis > drainUntilMillis)) {
            outbox.add(new Report.Left(workerId, admission.generation(), "drained"));
            alive = false;
            idleUntilMillis = world.nowMillis + world.random.nextInt(4_000);
        }
    }

    private void start() {
        alive = true;
        draining = false;
        incarnations++;
        admission = null;
        queue.clear();
        sum.clear();
        seenAttempts.clear();
        laneZeroAt = world.kafka.lanes.get(0).size();
        lastBeatMillis = Long.MIN_VALUE / 2;
    }

    private String incarnation() {
        return workerId + "-" + incarnations;
    }

    private void beat() {
        if (world.nowMillis >= lastBeatMillis && world.nowMillis - lastBeatMillis < HEARTBEAT_MILLIS) {
            return;
        }
        lastBeatMillis = world.nowMillis;
        if (admission == null) {
            outbox.add(
                    new Report.Joined(workerId, incarnation(), world.run.model().hash(), DEVICE));
        } else if (!world.fault(0.1)) {
            outbox.add(new Report.Heartbeat(workerId, admission.generation(), 0, 0));
            if (world.calm || world.chance(0.2)) {
                readMemory();
            }
        }
    }

    private void readLanes() {
        List<Command> laneZero = world.kafka.lanes.get(0);
        while (laneZeroAt < laneZero.size() && world.chance(0.8)) {
            onBroadcast(laneZero.get(laneZeroAt++));
        }
        if (admission == null) {
            return;
        }
        List<Command> lane = world.kafka.lanes.get(admission.lane());
        while (laneAt < lane.size() && world.chance(0.8)) {
            Command.Laned command = (Command.Laned) lane.get(laneAt++);
            if (!command.workerId().equals(workerId) || command.generation() != admission.generation()) {
                continue;
            }
            switch (command) {
                case Command.Recall recall -> handBack(recall);
                case Command.Queued queued -> {
                    queue.add(queued);
                    if (world.fault(0.05)) {
                        queue.add(queued);
                    }
                    if (draining) {
                        handBackIfTraining(queued);
                    }
                }
            }
        }
    }

    private void handBack(Command.Recall recall) {
        boolean waited = queue.removeIf(queued -> queued instanceof Command.TrainMicroBatch train
                && train.attempt().equals(recall.attempt()));
        if (waited && seenAttempts.add(recall.attempt().attempt())) {
            outbox.add(new Report.MicroBatchFailed(
                    workerId, recall.generation(), recall.attempt(), FailureReason.RECALLED, "simulated", 0));
        }
    }

    /** Another process comes and goes. */
    private void readMemory() {
        long free = world.calm ? MEMORY_BYTES : world.random.nextLong(MEMORY_BYTES);
        MemoryMeasures memory = new MemoryMeasures(1, 1, 1, free, MEMORY_BYTES - free, MEMORY_BYTES);
        outbox.add(new Report.MemoryRead(workerId, admission.generation(), memory));
    }

    private void onBroadcast(Command command) {
        switch (command) {
            case Command.Admitted admitted
            when admitted.incarnation().equals(incarnation())
                    && (admission == null || admitted.generation() > admission.generation()) -> {
                admission = admitted;
                queue.clear();
                seenAttempts.clear();
                if (world.plant != Plant.SUM_OUTLIVES_GENERATION) {
                    sum.clear();
                }
                version = Math.max(version, admitted.version());
                laneAt = world.kafka.lanes.get(admitted.lane()).size();
                outbox.add(new Report.Ready(workerId, admitted.generation(), version));
            }
            case Command.VersionCommitted committed -> version = Math.max(version, committed.version());
            default -> {}
        }
    }

    private void work() {
        if (queue.isEmpty()) {
            return;
        }
        switch (queue.peek()) {
            case Command.TrainMicroBatch train -> {
                if (train.version() > version) {
                    return;
                }
                queue.poll();
                if (train.version() == version
                        && seenAttempts.add(train.attempt().attempt())) {
                    train(train);
                }
            }
            case Command.Contribute contribute -> {
                queue.poll();
                contribute(contribute);
            }
        }
    }

    private void train(Command.TrainMicroBatch train) {
        List<Long> ordinals =
                train.sequences().stream().map(SequenceRef::ordinal).toList();
        FailureReason failure = failure(train, ordinals);
        if (failure != null) {
            long wanted = failure == FailureReason.OUT_OF_MEMORY ? 1L << 30 : 0;
            outbox.add(new Report.MicroBatchFailed(
                    workerId, train.generation(), train.attempt(), failure, "simulated", wanted));
            return;
        }
        if (stepOfSum != train.attempt().step() && world.plant != Plant.SUM_OUTLIVES_GENERATION) {
            sum.clear();
        }
        sum.add(new TrainedAttempt(train.attempt().attempt(), ordinals));
        stepOfSum = train.attempt().step();
        long lossTokens =
                train.sequences().stream().mapToLong(SequenceRef::lossTokens).sum();
        outbox.add(new Report.MicroBatchTrained(
                workerId,
                train.generation(),
                train.attempt(),
                lossTokens * 0.5,
                lossTokens,
                new TrainMeasures(0, 0, 0, 0)));
    }

    private FailureReason failure(Command.TrainMicroBatch train, List<Long> ordinals) {
        if (ordinals.stream()
                .anyMatch(ordinal -> world.unreadable.contains(ordinal) || world.unreadableOnce.remove(ordinal))) {
            return FailureReason.UNREADABLE_SEQUENCE;
        }
        int tokens = train.sequences().stream().mapToInt(SequenceRef::tokens).sum();
        int room = train.plan().equals(Loading.FULLEST) ? capacityTokens : capacityTokens / 2;
        if (tokens > room) {
            return FailureReason.OUT_OF_MEMORY;
        }
        return ordinals.stream().anyMatch(world.poisonous::contains) ? FailureReason.NON_FINITE : null;
    }

    private void contribute(Command.Contribute contribute) {
        ContributionManifest manifest = new ContributionManifest(
                contribute.contribution(), workerId, contribute.generation(), contribute.step(), sum);
        float[] gradient = new float[(int) world.layout.parameters()];
        sum.forEach(attempt -> attempt.ordinals().forEach(ordinal -> gradient[ordinal.intValue()] += 1));
        sum.clear();
        List<ChunkSpan> spans = new ArrayList<>();
        for (int shard = 0; shard < world.layout.shards(); shard++) {
            spans.add(publish(shard, manifest, gradient));
        }
        outbox.add(new Report.Contributed(
                workerId,
                contribute.generation(),
                contribute.contribution(),
                contribute.step(),
                manifest.attempts().stream().map(TrainedAttempt::attempt).toList(),
                spans));
    }

    /** Sometimes a chunk is damaged, and sometimes it is written twice. */
    private ChunkSpan publish(int shard, ContributionManifest manifest, float[] gradient) {
        List<Object> log = world.kafka.gradients.get(shard);
        int first = log.size();
        log.add(manifest);
        float[] values = new float[world.layout.length(shard)];
        System.arraycopy(gradient, (int) world.layout.start(shard), values, 0, values.length);
        if (world.fault(0.02)) {
            values[0] = Float.NaN;
        }
        TensorChunk chunk = new TensorChunk(shard, 0, "sum", manifest.contribution(), values);
        if (!world.fault(0.02)) {
            log.add(chunk);
        }
        if (world.fault(0.05)) {
            log.add(chunk);
        }
        return new ChunkSpan(shard, first, log.size() - 1);
    }
}

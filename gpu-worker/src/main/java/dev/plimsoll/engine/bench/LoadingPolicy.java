package dev.plimsoll.engine.bench;

import dev.plimsoll.engine.MemoryReading;
import dev.plimsoll.engine.MicroBatchResult.Trained;
import dev.plimsoll.model.memory.Composer;
import dev.plimsoll.model.memory.Exploration;
import dev.plimsoll.model.memory.Lengths;
import dev.plimsoll.model.memory.Loading;
import dev.plimsoll.model.memory.MemoryForecast;
import dev.plimsoll.model.memory.MemoryLine;
import dev.plimsoll.model.memory.Regret;
import dev.plimsoll.model.memory.Room;
import dev.plimsoll.model.memory.SpeedForecast;
import dev.plimsoll.model.memory.Timed;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.MemoryPlan;
import dev.plimsoll.wire.protocol.SequenceRef;
import dev.plimsoll.wire.protocol.WorkerDevice;

import java.util.Comparator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;

/** Ways to cut a step into micro-batches: Plimsoll's, and what people do without it. */
interface LoadingPolicy {

    /**
     * A micro-batch that is to be trained. {@code forecastBytes} of its peak, and
     * {@code bestMicros} as in {@link Loading.Planned}; both 0 where nobody forecasts.
     */
    record Composed(
            List<SequenceRef> sequences, MemoryPlan plan, long forecastBytes, long bestMicros) {
        int tokens() {
            return lengths().tokens();
        }

        Lengths lengths() {
            return Lengths.of(sequences);
        }
    }

    /** @param waiting of the step, at least one, in {@link Composer#BY_LENGTH}; not changed */
    Composed next(NavigableSet<SequenceRef> waiting, MemoryReading card);

    void trained(Composed composed, MemoryReading rest, Trained trained);

    /** Whether it is to be tried again, smaller; otherwise the run has died. */
    boolean refused(Composed composed, long wantedBytes);

    /** As in {@link Regret#part}; negative where nobody says. */
    default double regret() {
        return -1;
    }

    /** The most that a peak may reach; 0 where nobody says. */
    default long lineBytes() {
        return 0;
    }

    /** The loop itself: forecast, line, tokens and plan together. */
    final class Plimsoll implements LoadingPolicy {
        private static final int GROWTH_PART = 8;

        private final Loading loading;
        private final WorkerDevice device;
        private MemoryForecast forecast = MemoryForecast.START;
        private SpeedForecast speed = SpeedForecast.START;
        private Regret regret = Regret.NONE;
        private long number;
        private Optional<MemoryLine> line = Optional.empty();
        private int ceiling = Integer.MAX_VALUE;

        Plimsoll(Loading loading, WorkerDevice device) {
            this.loading = loading;
            this.device = device;
        }

        @Override
        public Composed next(NavigableSet<SequenceRef> waiting, MemoryReading card) {
            MemoryMeasures measures = new MemoryMeasures(
                    card.usedBytes(),
                    card.peakBytes(),
                    card.reservedBytes(),
                    card.freeBytes(),
                    card.othersBytes(),
                    card.totalBytes());
            line = MemoryLine.after(line, measures, System.nanoTime() / 1_000_000)
                    .map(MemoryLine.Change::line)
                    .or(() -> line);
            Room room = new Room(device, forecast, speed, line.orElseThrow().roomBytes());
            Exploration exploration = new Exploration(++number);
            long all = waiting.stream().mapToLong(SequenceRef::tokens).sum();
            Loading.Load load = loading.choose(
                    room, (int) Math.min(all, ceiling), waiting.last().tokens(), exploration);
            List<SequenceRef> packed = Composer.pack(waiting, load.maxTokens(), waiting.size());
            Lengths lengths = Lengths.of(packed);
            Loading.Planned planned = loading.plan(room, load, lengths, exploration);
            long expected =
                    forecast.expected(loading.priorBytes(device, lengths.tokens(), planned.plan()));
            return new Composed(
                    packed, planned.plan(), card.usedBytes() + expected, planned.bestMicros());
        }

        @Override
        public void trained(Composed composed, MemoryReading rest, Trained trained) {
            long prior = loading.priorBytes(device, composed.tokens(), composed.plan());
            forecast = forecast.learn(prior, trained.peakBytes() - rest.usedBytes());
            long micros = trained.forwardMicros() + trained.backwardMicros();
            Timed timed = loading.timed(composed.lengths(), composed.plan());
            speed = speed.learn(timed.plan(), timed.cost(), timed.lengths(), micros);
            regret = regret.with(composed.bestMicros(), micros);
            if (composed.tokens() >= ceiling - ceiling / GROWTH_PART) {
                ceiling += ceiling / GROWTH_PART;
            }
        }

        @Override
        public boolean refused(Composed composed, long wantedBytes) {
            boolean last =
                    composed.sequences().size() == 1 && composed.plan().equals(Loading.FULLEST);
            long prior = loading.priorBytes(device, composed.tokens(), composed.plan());
            forecast = forecast.learn(prior, line.orElseThrow().roomBytes() + wantedBytes);
            ceiling = Math.max(64, composed.tokens() / 2);
            return !last;
        }

        @Override
        public double regret() {
            return regret.part();
        }

        @Override
        public long lineBytes() {
            return line.map(MemoryLine::lineBytes).orElse(0L);
        }
    }

    /**
     * So many sequences a micro-batch, with every layer recomputed, as found by a search; the run
     * dies when one does not fit.
     *
     * @param plan the same for all
     */
    record Fixed(int sequences, MemoryPlan plan) implements LoadingPolicy {
        static final MemoryPlan PLAN = new MemoryPlan(MemoryPlan.ALL_LAYERS, 1024, 0);
        /** The inputs of all layers wait in host memory. */
        static final MemoryPlan OFFLOADED =
                new MemoryPlan(MemoryPlan.ALL_LAYERS, 1024, 0, MemoryPlan.ALL_LAYERS, 1);

        @Override
        public Composed next(NavigableSet<SequenceRef> waiting, MemoryReading card) {
            return new Composed(first(waiting, sequences), plan, 0, 0);
        }

        @Override
        public void trained(Composed composed, MemoryReading rest, Trained trained) {}

        @Override
        public boolean refused(Composed composed, long wantedBytes) {
            return false;
        }
    }

    /**
     * The whole step at once; after an out of memory half as many, for good, as Composer's
     * automatic micro-batching does.
     */
    final class Halving implements LoadingPolicy {
        private int sequences = Integer.MAX_VALUE;

        @Override
        public Composed next(NavigableSet<SequenceRef> waiting, MemoryReading card) {
            return new Composed(first(waiting, sequences), Fixed.PLAN, 0, 0);
        }

        @Override
        public void trained(Composed composed, MemoryReading rest, Trained trained) {}

        @Override
        public boolean refused(Composed composed, long wantedBytes) {
            int had = composed.sequences().size();
            sequences = Math.max(1, had / 2);
            return had > 1;
        }
    }

    /** In the order of arrival. */
    private static List<SequenceRef> first(NavigableSet<SequenceRef> waiting, int count) {
        return waiting.stream()
                .sorted(Comparator.comparingLong(SequenceRef::ordinal))
                .limit(count)
                .toList();
    }
}

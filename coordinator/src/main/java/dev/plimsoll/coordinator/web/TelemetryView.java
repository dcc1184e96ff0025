package dev.plimsoll.coordinator.web;

import dev.plimsoll.coordinator.start.Launch;
import dev.plimsoll.coordinator.web.history.Hull;
import dev.plimsoll.wire.Wire;
import dev.plimsoll.wire.protocol.MemoryMeasures;
import dev.plimsoll.wire.protocol.Telemetry;
import dev.plimsoll.wire.protocol.TrainMeasures;
import dev.plimsoll.wire.protocol.WorkerCard;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.smallrye.common.annotation.Blocking;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.eclipse.microprofile.reactive.messaging.Incoming;
import org.jboss.logging.Logger;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * The channel {@code telemetry}: the last measures of each worker, in memory and as metrics.
 * Nothing depends on it; it begins at the topic's end and skips what it cannot read.
 */
@ApplicationScoped
public class TelemetryView {

    private static final Logger LOG = Logger.getLogger(TelemetryView.class);
    private static final int MAX_MICRO_BATCHES = 1_000;
    private static final Map<String, ToLongFunction<MemoryMeasures>> MEMORY = Map.of(
            "used", MemoryMeasures::usedBytes,
            "peak", MemoryMeasures::peakBytes,
            "reserved", MemoryMeasures::reservedBytes,
            "free", MemoryMeasures::freeBytes,
            "others", MemoryMeasures::othersBytes,
            "budget", MemoryMeasures::budgetBytes);

    private static final long FORGET_MILLIS = Duration.ofMinutes(10).toMillis();

    private final MeterRegistry metrics;
    private final PageGate gate;
    private final Predicate<String> isAdmitted;
    private final int mostWorkers;
    private final AtomicBoolean isFullTold = new AtomicBoolean();
    private final Map<String, WorkerTelemetry> workers = new ConcurrentHashMap<>();
    private final Set<String> measured = ConcurrentHashMap.newKeySet();
    private final Set<String> measuredCards = ConcurrentHashMap.newKeySet();
    private final Function<String, Optional<PlannerDetail.Deck>> decks;
    private final Map<String, Hull> hulls = new ConcurrentHashMap<>();
    private final Map<Long, TrainMeasures> microBatches = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, TrainMeasures> eldest) {
            return size() > MAX_MICRO_BATCHES;
        }
    };

    @Inject
    TelemetryView(MeterRegistry metrics, PageGate gate, RunView run, Launch launch) {
        this(
                metrics,
                gate,
                run::mayWork,
                run::deck,
                launch.settings().get(CoordinatorCatalogue.PAGE_WORKERS));
    }

    /**
     * @param isAdmitted by a worker's id: what others say is passed over
     * @param mostWorkers metrics are never forgotten: so many workers have some, in the life of
     *     this process
     */
    TelemetryView(
            MeterRegistry metrics, PageGate gate, Predicate<String> isAdmitted, int mostWorkers) {
        this(metrics, gate, isAdmitted, _ -> Optional.empty(), mostWorkers);
    }

    /** @param decks what the planner says of a worker */
    TelemetryView(
            MeterRegistry metrics,
            PageGate gate,
            Predicate<String> isAdmitted,
            Function<String, Optional<PlannerDetail.Deck>> decks,
            int mostWorkers) {
        this.mostWorkers = mostWorkers;
        this.metrics = metrics;
        this.gate = gate;
        this.isAdmitted = isAdmitted;
        this.decks = decks;
    }

    @Incoming("telemetry")
    @Blocking
    void take(ConsumerRecord<byte[], byte[]> record) {
        gate.read(Wire.TELEMETRY, record)
                .ifPresent(telemetry -> take(telemetry, System.currentTimeMillis()));
    }

    void take(Telemetry telemetry, long nowMillis) {
        switch (telemetry) {
            case Telemetry.WorkerMeasured m
            when isKnown(m.workerId()) ->
                put(new WorkerTelemetry(
                        m.workerId(),
                        m.generation(),
                        m.tokensPerSecond(),
                        m.liveHandles(),
                        m.memory(),
                        m.pinnedBytes(),
                        nowMillis));
            case Telemetry.MicroBatchMeasured m when isKnown(m.workerId()) -> trained(m, nowMillis);
            case Telemetry.WorkerMeasured stranger -> {}
            case Telemetry.MicroBatchMeasured stranger -> {}
            case Telemetry.CoordinatorBeat beat -> {}
            // the page has it of the planner itself
            case Telemetry.SourcesMeasured sources -> {}
        }
    }

    private boolean isKnown(String workerId) {
        if (!isAdmitted.test(workerId)) {
            return false;
        }
        if (measured.contains(workerId) || measured.size() < mostWorkers) {
            measured.add(workerId);
            return true;
        }
        if (isFullTold.compareAndSet(false, true)) {
            LOG.warnf("%s", full(workerId, mostWorkers));
        }
        return false;
    }

    static String full(String workerId, int most) {
        return "measures of worker " + workerId + " and of others that come now are not shown: "
                + most + " workers have some already; start the coordinator with a larger "
                + "page-workers";
    }

    /** The last measures of the worker, unless it has been silent for ten minutes. */
    Optional<WorkerTelemetry> worker(String workerId) {
        return Optional.ofNullable(workers.get(workerId));
    }

    /** Over all workers heard in the last few seconds. */
    double tokensPerSecond(long nowMillis) {
        return workers.values().stream()
                .filter(w -> nowMillis - w.heardMillis() < 5_000)
                .mapToDouble(WorkerTelemetry::tokensPerSecond)
                .sum();
    }

    /**
     * Each worker's memory over the last minutes, of those that were heard in them; and that of
     * each of several cards, by {@link WorkerCard#label}.
     */
    public SortedMap<String, Hull> hulls() {
        return new TreeMap<>(hulls);
    }

    /** What the micro-batch took, if that arrived and is not long ago. */
    public Optional<TrainMeasures> microBatch(long attempt) {
        synchronized (microBatches) {
            return Optional.ofNullable(microBatches.get(attempt));
        }
    }

    /** The mean of those workers that were heard in the last few seconds and compute; or 0. */
    double tokensPerSecondOfOne(long nowMillis) {
        return workers.values().stream()
                .filter(w -> nowMillis - w.heardMillis() < 5_000)
                .mapToDouble(WorkerTelemetry::tokensPerSecond)
                .filter(speed -> speed > 0)
                .average()
                .orElse(0);
    }

    private void trained(Telemetry.MicroBatchMeasured m, long nowMillis) {
        synchronized (microBatches) {
            microBatches.put(m.attempt().attempt(), m.measures());
        }
        Tags tags = Tags.of("worker", m.workerId());
        counter("tokens", "Tokens of micro-batches that workers told of", tags)
                .increment(m.measures().tokens());
        counter("microbatches", "Micro-batches that workers told of", tags).increment();
        timer("forward", "Time of a micro-batch's forward pass", tags)
                .record(Duration.ofNanos(m.measures().forwardMicros() * 1_000));
        timer("backward", "Time of a micro-batch's backward pass", tags)
                .record(Duration.ofNanos(m.measures().backwardMicros() * 1_000));
        WorkerTelemetry before = workers.get(m.workerId());
        double tokensPerSecond = before == null ? 0 : before.tokensPerSecond();
        int liveHandles = before == null ? 0 : before.liveHandles();
        long pinnedBytes = before == null ? 0 : before.pinnedBytes();
        put(new WorkerTelemetry(
                m.workerId(),
                m.generation(),
                tokensPerSecond,
                liveHandles,
                m.memory(),
                pinnedBytes,
                nowMillis));
    }

    private Counter counter(String name, String what, Tags tags) {
        return Counter.builder("plimsoll.worker." + name)
                .description(what)
                .tags(tags)
                .register(metrics);
    }

    private Timer timer(String name, String what, Tags tags) {
        return Timer.builder("plimsoll.worker." + name)
                .description(what)
                .tags(tags)
                .register(metrics);
    }

    private void put(WorkerTelemetry measured) {
        workers.values().removeIf(w -> measured.heardMillis() - w.heardMillis() > FORGET_MILLIS);
        if (workers.size() >= mostWorkers && !workers.containsKey(measured.workerId())) {
            return;
        }
        hulls.keySet()
                .removeIf(name -> !workers.containsKey(ofWorker(name))
                        && !ofWorker(name).equals(measured.workerId()));
        Optional<PlannerDetail.Deck> deck = decks.apply(measured.workerId());
        hulls.computeIfAbsent(measured.workerId(), _ -> new Hull())
                .measure(
                        measured.heardMillis(),
                        measured.memory(),
                        deck.map(PlannerDetail.Deck::lineBytes).orElse(0L),
                        deck.map(PlannerDetail.Deck::forecastBytes).orElse(0L),
                        measured.tokensPerSecond());
        if (workers.put(measured.workerId(), measured) == null) {
            gauges(measured.workerId());
        }
        // as many as it has joined with, whatever it tells of
        List<PlannerDetail.CardDeck> cards = deck.map(PlannerDetail.Deck::cards).orElse(List.of());
        for (int card = 0; card < cards.size() && isToldOf(measured, card); card++) {
            put(measured, card, cards.get(card));
        }
    }

    private static boolean isToldOf(WorkerTelemetry measured, int card) {
        return card < measured.memory().cards().size();
    }

    /** One of several cards: its tokens are the worker's, and are told of it. */
    private void put(WorkerTelemetry measured, int card, PlannerDetail.CardDeck is) {
        String label = WorkerCard.label(measured.workerId(), card);
        hulls.computeIfAbsent(label, _ -> new Hull())
                .measure(
                        measured.heardMillis(),
                        measured.memory().each().get(card),
                        is.lineBytes(),
                        is.forecastBytes(),
                        0);
        if (measuredCards.add(label)) {
            cardGauges(measured.workerId(), card);
        }
    }

    /** No worker's id has a space. */
    private static String ofWorker(String hull) {
        int space = hull.indexOf(' ');
        return space < 0 ? hull : hull.substring(0, space);
    }

    private void gauges(String workerId) {
        Tags tags = Tags.of("worker", workerId);
        Gauge.builder(
                        "plimsoll.worker.tokens.per.second",
                        this,
                        v -> v.worker(workerId)
                                .map(WorkerTelemetry::tokensPerSecond)
                                .orElse(Double.NaN))
                .description("A worker's speed, as it told last")
                .tags(tags)
                .register(metrics);
        Gauge.builder(
                        "plimsoll.worker.live.handles",
                        this,
                        v -> v.worker(workerId)
                                .map(w -> (double) w.liveHandles())
                                .orElse(Double.NaN))
                .description("Tensors that a worker holds")
                .tags(tags)
                .register(metrics);
        Gauge.builder(
                        "plimsoll.worker.pinned",
                        this,
                        v -> v.worker(workerId)
                                .map(w -> (double) w.pinnedBytes())
                                .orElse(Double.NaN))
                .description("Host memory that is pinned for what layers leave there")
                .baseUnit("bytes")
                .tags(tags)
                .register(metrics);
        Gauge.builder(
                        "plimsoll.worker.heartbeat.age",
                        this,
                        v -> v.worker(workerId)
                                .map(w -> Math.max(0, System.currentTimeMillis() - w.heardMillis())
                                        / 1e3)
                                .orElse(Double.NaN))
                .description("Time since a worker last told of itself")
                .baseUnit("seconds")
                .tags(tags)
                .register(metrics);
        MEMORY.forEach((kind, bytes) -> Gauge.builder(
                        "plimsoll.worker.memory",
                        this,
                        v -> v.worker(workerId)
                                .map(w -> (double) bytes.applyAsLong(w.memory()))
                                .orElse(Double.NaN))
                .description("A worker's device memory; budget is its line")
                .baseUnit("bytes")
                .tags(tags.and("kind", kind))
                .register(metrics));
    }

    private void cardGauges(String workerId, int card) {
        Tags tags = Tags.of("worker", workerId, "card", Integer.toString(card));
        MEMORY.forEach((kind, bytes) -> Gauge.builder(
                        "plimsoll.worker.card.memory",
                        this,
                        v -> v.worker(workerId)
                                .map(w -> w.memory().each())
                                .filter(each -> card < each.size())
                                .map(each -> (double) bytes.applyAsLong(each.get(card)))
                                .orElse(Double.NaN))
                .description("The memory of one of a worker's several cards")
                .baseUnit("bytes")
                .tags(tags.and("kind", kind))
                .register(metrics));
    }
}

package dev.plimsoll.cli.scaling;

import dev.plimsoll.cli.fleetmodel.StepTimes;
import dev.plimsoll.model.scaling.Demand;
import dev.plimsoll.model.scaling.Helpful;
import dev.plimsoll.model.scaling.SteadyAnswer;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A simulated day of a fleet whose size an autoscaler sets by the coordinator's answer. The answer
 * is the product's own function; load, market, machines and steps are simulated. Time advances in
 * tenths of a second. A step begins when enough tokens wait, its workers compute it together, and
 * then exchange sums for the time that the fleet's model says.
 */
final class SimulatedDay {

    /** How the autoscaler uses the coordinator's function. */
    enum Scaler {
        /** As the product answers. */
        STEADY,
        /** What helps at this moment, without a hold. */
        MOMENTARY,
        /** The most workers, all day. */
        FIXED
    }

    /** How the hourly preemption takes half of the workers. */
    enum Preemption {
        NONE,
        /** They drain, and contribute what they have. */
        WITH_NOTICE,
        /** They vanish in the middle of a step. */
        WITHOUT_NOTICE
    }

    /**
     * What a day is like.
     *
     * @param joinSeconds that the coordinator is told; a join takes from half of it to a quarter
     *     more
     * @param most workers
     */
    record Setup(
            DayLoad load,
            SpotMarket market,
            Scaler scaler,
            Preemption preemption,
            double joinSeconds,
            int most,
            long seed) {}

    static final int STEP_TOKENS = 1_048_576;
    static final int STEP_SAMPLES = 512;

    private static final double TICK_SECONDS = 0.1;
    private static final int TICKS_PER_SECOND = 10;
    private static final int POLL_SECONDS = 15;
    private static final int HOUR = 3_600;
    /** To end what the day left over. */
    private static final int LATEST_SECOND = 2 * DayLoad.SECONDS;

    private final Setup setup;
    private final StepTimes times;
    private final Random random;
    private final double tokensPerSecond;
    private final List<SimulatedWorker> workers = new ArrayList<>();
    private final DayTally tally = new DayTally();

    private SteadyAnswer steady = SteadyAnswer.of(0);
    private double nowSeconds;
    private double waitingTokens;
    private boolean stepIsOpen;
    private double stepLeftTokens;
    private double exchangedSeconds;
    private int stepWorkers;
    private int asked;
    private double loweredSeconds = Double.NEGATIVE_INFINITY;
    private int preemptSecond;

    private SimulatedDay(Setup setup, StepTimes times) {
        this.setup = setup;
        this.times = times;
        this.random = new Random(setup.seed());
        this.tokensPerSecond = times.tokensPerSecond();
    }

    static DayFigures of(Setup setup, StepTimes times) {
        return new SimulatedDay(setup, times).run();
    }

    private DayFigures run() {
        for (int second = 0; second < LATEST_SECOND && !isOver(second); second++) {
            begin(second);
            for (int tick = 0; tick < TICKS_PER_SECOND; tick++) {
                nowSeconds = second + tick * TICK_SECONDS;
                advance();
            }
            tally.waited(waitingTokens + (stepIsOpen ? STEP_TOKENS : 0));
            tally.paid(workers.size(), setup.market().price(second));
        }
        return tally.figures(setup.load().sum(), tokensPerSecond, waitingTokens);
    }

    /** The day has ended, and less than a step is left. */
    private boolean isOver(int second) {
        return second >= DayLoad.SECONDS && !stepIsOpen && waitingTokens < STEP_TOKENS;
    }

    private void begin(int second) {
        nowSeconds = second;
        waitingTokens += setup.load().tokens(second);
        if (!setup.market().isOpen(second)) {
            takeAway(workers.size(), true);
        }
        if (second % HOUR == 0) {
            preemptSecond = second + random.nextInt(HOUR);
        }
        if (second == preemptSecond && setup.preemption() != Preemption.NONE) {
            takeAway(workers.size() / 2, setup.preemption() == Preemption.WITH_NOTICE);
        }
        if (second % POLL_SECONDS == 0) {
            scale(second);
        }
    }

    private void scale(int second) {
        int wanted = Math.min(setup.most(), answer());
        if (wanted > asked) {
            tally.askedMore(nowSeconds - loweredSeconds < setup.joinSeconds());
        } else if (wanted < asked) {
            tally.askedLess();
            loweredSeconds = nowSeconds;
        }
        asked = wanted;
        while (workers.size() > asked) {
            leave(workers.size() - 1, true);
        }
        while (workers.size() < asked && setup.market().isOpen(second)) {
            double join = setup.joinSeconds() * (0.5 + 0.75 * random.nextDouble());
            workers.add(new SimulatedWorker(nowSeconds + join));
        }
    }

    private int answer() {
        Demand demand = new Demand(
                Math.round(stepIsOpen ? waitingTokens + stepLeftTokens : formsAStep()),
                STEP_TOKENS,
                STEP_SAMPLES,
                workers.size(),
                tokensPerSecond,
                times.exchangeSeconds(Math.max(1, workers.size())));
        return switch (setup.scaler()) {
            case FIXED -> setup.most();
            case MOMENTARY -> Helpful.of(demand, setup.joinSeconds()).workers();
            case STEADY -> {
                var answer = steady.to(demand, setup.joinSeconds(), Math.round(nowSeconds * 1e3));
                steady = answer.next();
                yield answer.helpful().workers();
            }
        };
    }

    private double formsAStep() {
        return waitingTokens < STEP_TOKENS ? 0 : waitingTokens;
    }

    private void takeAway(int count, boolean notice) {
        for (int i = 0; i < count; i++) {
            tally.lostWorker();
            leave(random.nextInt(workers.size()), notice);
        }
    }

    /** What a worker that vanishes has computed is computed again, in the same step. */
    private void leave(int index, boolean notice) {
        SimulatedWorker gone = workers.remove(index);
        if (!notice && stepIsOpen) {
            stepLeftTokens += gone.computedTokens();
            tally.repeated(gone.computedTokens() / tokensPerSecond);
        }
    }

    private void advance() {
        int ready = 0;
        for (SimulatedWorker worker : workers) {
            if (worker.isReady(nowSeconds)) {
                ready++;
            } else {
                tally.joined(TICK_SECONDS);
            }
        }
        if (!stepIsOpen && waitingTokens >= STEP_TOKENS && ready > 0) {
            stepIsOpen = true;
            waitingTokens -= STEP_TOKENS;
            stepLeftTokens = STEP_TOKENS;
            exchangedSeconds = 0;
            tally.opened();
        }
        if (!stepIsOpen) {
            tally.idled(ready * TICK_SECONDS);
        } else if (stepLeftTokens > 0) {
            exchangedSeconds = 0;
            compute(ready);
        } else {
            exchange(ready);
        }
    }

    private void compute(int ready) {
        stepWorkers = Math.max(1, ready);
        double share =
                ready == 0 ? 0 : Math.min(tokensPerSecond * TICK_SECONDS, stepLeftTokens / ready);
        for (SimulatedWorker worker : workers) {
            if (worker.isReady(nowSeconds)) {
                worker.computes(share);
                stepLeftTokens -= share;
            }
        }
        if (stepLeftTokens < 1e-6) {
            stepLeftTokens = 0;
        }
    }

    private void exchange(int ready) {
        exchangedSeconds += ready > 0 ? TICK_SECONDS : 0;
        if (exchangedSeconds >= times.exchangeSeconds(stepWorkers)) {
            stepIsOpen = false;
            workers.forEach(SimulatedWorker::contributed);
            tally.committed();
        }
    }
}

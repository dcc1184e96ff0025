package dev.plimsoll.cli.fleetmodel;

import java.util.function.IntConsumer;

/**
 * Several workers share every step: all compute, and all publish. What a layer adds to the sum
 * leaves in the backward pass of a worker's last micro-batch; the shards add what arrives and
 * publish what they have added, and the workers read that meanwhile. So these streams share links
 * and machines at once, beside the computing, and what the last layer adds follows behind it. That
 * a chunk is nowhere waited for but there, and that streams do not slow the computing down, is
 * assumed. Then the step is named, summed and committed, and all fold.
 */
final class ManyWorkers extends FleetSimulation {

    private final double tail = 1 / of(Parameter.LAYERS);
    private int sharing;
    private int ready;
    private int streaming;

    ManyWorkers(Scenario scenario, Calibration calibration) {
        super(scenario, calibration);
    }

    @Override
    protected void begin() {
        sharing = 0;
        // what leaves beside the computing, and what follows it
        streaming = 2 * (2 * scenario.workers() + 2);
        forEach(this::compute);
    }

    private void compute(int worker) {
        double seconds = unevenComputingSeconds();
        time.after(seconds * (1 - of(Parameter.SHARED_PART)), () -> share(worker));
        time.after(seconds, () -> whenAll(this::trained));
    }

    /** Every layer but the last; it is summed where all have come so far. */
    private void share(int worker) {
        publish(worker, 1 - tail, this::streamed);
        sharing++;
        if (sharing == scenario.workers()) {
            passOn(1 - tail);
        }
    }

    private void trained() {
        spentComputing(meanComputingSeconds());
        time.after(millis(Parameter.TAKE_MILLIS) * tail, () -> {
            spent(Part.TAKING);
            forEach(worker -> publish(worker, tail, this::streamed));
            passOn(tail);
        });
    }

    /** A part of every contribution to the shards, and of the sum to every worker. */
    private void passOn(double part) {
        sum(part * scenario.workers(), this::streamed);
        publishSum(part, this::streamed);
        forEach(worker -> readSum(worker, part, this::streamed));
    }

    private void streamed() {
        streaming--;
        if (streaming > 0) {
            return;
        }
        spent(Part.EXCHANGING);
        decide(() -> time.after(millis(Parameter.TRANSACTION_MILLIS), () -> {
            spent(Part.REPORTING);
            decide(this::commit);
        }));
    }

    private void commit() {
        committed();
        time.after(millis(Parameter.FOLD_READ_MILLIS), () -> {
            spent(Part.FOLDING);
            stepEnded();
            begin();
        });
    }

    private void decide(Runnable then) {
        time.after(millis(Parameter.DECISION_MILLIS), () -> {
            spent(Part.DECIDING);
            then.run();
        });
    }

    private void whenAll(Runnable then) {
        ready++;
        if (ready == scenario.workers()) {
            ready = 0;
            then.run();
        }
    }

    private void forEach(IntConsumer each) {
        for (int worker = 0; worker < scenario.workers(); worker++) {
            each.accept(worker);
        }
    }
}

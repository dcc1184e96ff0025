package dev.plimsoll.cli.fleetmodel;

import java.util.function.IntConsumer;

/**
 * Several workers share every step: all compute, all publish, the shards read and add, they publish
 * the sum, the step is committed, all read the sum and fold. Each of it begins for all when what is
 * before it has ended for all; only reading, folding and computing follow each other worker by
 * worker.
 */
final class ManyWorkers extends FleetSimulation {

    private int ready;
    private int haveRead;

    ManyWorkers(Scenario scenario, Calibration calibration) {
        super(scenario, calibration);
    }

    @Override
    protected void begin() {
        forEach(this::compute);
    }

    private void compute(int worker) {
        time.after(unevenComputingSeconds(), () -> whenAll(this::trained));
    }

    private void trained() {
        spentComputing(meanComputingSeconds());
        decide(() -> time.after(millis(Parameter.TAKE_MILLIS), () -> {
            spent(Part.TAKING);
            forEach(worker -> publish(worker, () -> whenAll(this::published)));
        }));
    }

    private void published() {
        spent(Part.PUBLISHING);
        decide(() -> sum(scenario.workers(), () -> {
            spent(Part.SUMMING);
            publishSum(() -> time.after(millis(Parameter.TRANSACTION_MILLIS), () -> {
                spent(Part.PUBLISHING_SUM);
                decide(this::commit);
            }));
        }));
    }

    private void commit() {
        committed();
        // who has read folds and computes on; the parts are those of the last
        forEach(worker -> readSum(worker, () -> {
            haveRead++;
            boolean last = haveRead == scenario.workers();
            if (last) {
                haveRead = 0;
                spent(Part.READING_SUM);
            }
            time.after(millis(Parameter.FOLD_READ_MILLIS), () -> {
                if (last) {
                    spent(Part.FOLDING);
                    stepEnded();
                }
                compute(worker);
            });
        }));
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

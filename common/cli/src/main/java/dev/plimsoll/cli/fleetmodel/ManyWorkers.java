package dev.plimsoll.cli.fleetmodel;

import java.util.function.IntConsumer;

/**
 * Several workers share every step: all compute, and all publish. The shards add what arrives and
 * publish what they have added while the rest still arrives, and the workers read that meanwhile.
 * So these streams share links and machines at once, and the way ends with the last of them; that a
 * chunk is nowhere waited for but there is assumed. Then the step is named, summed and committed,
 * and all fold.
 */
final class ManyWorkers extends FleetSimulation {

    private int ready;
    private int streaming;

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
            exchange();
        }));
    }

    /** Every contribution to the shards, and the sum to every worker. */
    private void exchange() {
        streaming = 2 * scenario.workers() + 2;
        forEach(worker -> publish(worker, this::streamed));
        sum(scenario.workers(), this::streamed);
        publishSum(this::streamed);
        forEach(worker -> readSum(worker, this::streamed));
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
            forEach(this::compute);
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

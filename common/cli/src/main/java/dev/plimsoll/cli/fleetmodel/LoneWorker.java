package dev.plimsoll.cli.fleetmodel;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * One worker holds all of every step. It makes the next version of its own sum at once; publishing,
 * summing and the commit follow behind, in order, each while the others go on. The next step opens
 * while at most two settle.
 */
final class LoneWorker extends FleetSimulation {

    private static final int MOST_SETTLING = 2;

    private final Deque<Runnable> toPublish = new ArrayDeque<>();
    private boolean publishing;
    private int opened;
    private int contributed;
    private int summing;
    private boolean waits;

    LoneWorker(Scenario scenario, Calibration calibration) {
        super(scenario, calibration);
    }

    @Override
    protected void begin() {
        open();
    }

    private void open() {
        opened++;
        time.after(meanComputingSeconds(), this::trained);
    }

    private void trained() {
        spent(Part.COMPUTING);
        time.after(millis(Parameter.DECISION_MILLIS), () -> {
            spent(Part.DECIDING);
            time.after(millis(Parameter.TAKE_MILLIS), this::taken);
        });
    }

    private void taken() {
        spent(Part.TAKING);
        toPublish.add(this::acknowledged);
        publishNext();
        time.after(millis(Parameter.FOLD_MILLIS), () -> {
            spent(Part.FOLDING);
            openOrWait();
        });
    }

    private void openOrWait() {
        waits = opened - committedSteps() > MOST_SETTLING;
        if (!waits) {
            spent(Part.SETTLING);
            stepEnded();
            open();
        }
    }

    private void publishNext() {
        if (!publishing && !toPublish.isEmpty()) {
            publishing = true;
            Runnable acknowledged = toPublish.poll();
            publish(0, 1, () -> {
                publishing = false;
                acknowledged.run();
                publishNext();
            });
        }
    }

    private void acknowledged() {
        time.after(millis(Parameter.DECISION_MILLIS), () -> {
            contributed++;
            sumNext();
        });
    }

    /** A step is summed when the one before is committed. */
    private void sumNext() {
        if (summing < contributed && summing == committedSteps()) {
            summing++;
            sum(
                    1,
                    () -> time.after(
                            millis(Parameter.TRANSACTION_MILLIS)
                                    + millis(Parameter.DECISION_MILLIS),
                            this::commit));
        }
    }

    private void commit() {
        committed();
        sumNext();
        if (waits) {
            openOrWait();
        }
    }
}

package dev.plimsoll.engine.wide;

import dev.plimsoll.engine.CardMemory;
import dev.plimsoll.engine.FailureReason;
import dev.plimsoll.engine.MicroBatchResult.Failed;
import dev.plimsoll.engine.device.CudaFailure;
import dev.plimsoll.engine.device.Refusal;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;

/**
 * One micro-batch through all cards at once. All of them end well, or none: the sums change only
 * when every gradient of every card is finite.
 */
final class Pipeline {

    /** What became of it. */
    sealed interface Result {}

    /**
     * @param memory of each card, after everything was freed
     * @param times of each card
     * @param attentionRecomputed on some card, although the plan keeps it
     */
    record Done(
            double lossNats,
            List<CardMemory> memory,
            List<StageTimes> times,
            boolean attentionRecomputed)
            implements Result {}

    /** Nothing was added to any sum. */
    record Refused(Failed failure) implements Result {}

    /** A loss or a gradient is NaN or infinite. */
    record NonFinite(double lossNats) implements Result {}

    /** How a card ended: with an outcome, or with a problem. */
    private record Ending(StageRun.Outcome outcome, RuntimeException problem) {}

    private final List<Stage> stages;
    private final StageRun.Work work;
    private final Halt halt = new Halt();
    private final List<StageRun> runs = new ArrayList<>();

    Pipeline(List<Stage> stages, StageRun.Work work) {
        this.stages = stages;
        this.work = work;
        List<Landing> hidden = landings();
        List<Landing> carriers = landings();
        for (int i = 0; i < stages.size(); i++) {
            runs.add(new StageRun(
                    stages.get(i),
                    work,
                    hidden.get(i),
                    carriers.get(i),
                    i + 1 < stages.size() ? hidden.get(i + 1) : null,
                    i > 0 ? carriers.get(i - 1) : null));
        }
    }

    private List<Landing> landings() {
        return stages.stream().map(stage -> new Landing(halt)).toList();
    }

    /**
     * An exception is a bug or a broken card, told with the card's name; it ends the process. A
     * broken card may not even free what it holds, so that is not tried.
     */
    Result run() {
        List<Ending> endings = all(this::passes);
        Optional<Failed> refused = refusal(endings);
        boolean finite = refused.isEmpty()
                && endings.stream().allMatch(ending -> ending.outcome().finite());
        double nats = refused.isPresent() ? 0 : endings.getLast().outcome().lossNats();
        boolean good = finite && Double.isFinite(nats);
        List<CardMemory> memory = all(i -> runs.get(i).end(good && work.training()));
        if (refused.isPresent()) {
            all(i -> {
                stages.get(i).parts().meter().trim(0);
                return null;
            });
            return new Refused(refused.get());
        }
        return good
                ? new Done(
                        nats,
                        memory,
                        endings.stream().map(ending -> ending.outcome().times()).toList(),
                        runs.stream().anyMatch(StageRun::recomputesAttention))
                : new NonFinite(nats);
    }

    /** @param run the card's number */
    private Ending passes(int run) {
        try {
            return new Ending(runs.get(run).pass(), null);
        } catch (Halt.Halted e) {
            runs.get(run).stop();
            return new Ending(null, e);
        } catch (RuntimeException e) {
            halt.call();
            if (Refusal.of(e).isPresent()) {
                runs.get(run).stop();
            }
            return new Ending(null, e);
        } catch (Error e) {
            halt.call(); // or the others would wait for ever
            throw e;
        }
    }

    /** The first refusal, which halted the others; any other problem is thrown. */
    private Optional<Failed> refusal(List<Ending> endings) {
        Optional<Failed> first = Optional.empty();
        for (int i = 0; i < endings.size(); i++) {
            RuntimeException problem = endings.get(i).problem();
            if (problem == null || problem instanceof Halt.Halted) {
                continue;
            }
            int card = i;
            Failed failed = Refusal.of(problem).orElseThrow(() -> broken(card, problem));
            first = first.or(() -> Optional.of(named(failed, card)));
        }
        return first;
    }

    private IllegalStateException broken(int stage, RuntimeException problem) {
        return new IllegalStateException(
                stages.get(stage).name() + " has failed: "
                        + CudaFailure.sentence(String.valueOf(problem.getMessage()))
                        + "; this worker ends, and the fleet goes on without it",
                problem);
    }

    private Failed named(Failed refused, int stage) {
        Failed failed =
                Refusal.reached(refused, stages.get(stage).parts().meter().read());
        return new Failed(
                FailureReason.OUT_OF_MEMORY,
                stages.get(stage).name() + ": " + failed.note(),
                failed.wantedBytes(),
                stage);
    }

    /** What each card does, by its number, at the same time as the others. */
    private interface OfCard<T> {
        T run(int card);
    }

    private <T> List<T> all(OfCard<T> task) {
        List<Future<T>> begun = new ArrayList<>();
        for (int i = 0; i < stages.size(); i++) {
            int card = i;
            begun.add(stages.get(i).thread().begin(() -> task.run(card)));
        }
        return AllCards.end(begun);
    }
}

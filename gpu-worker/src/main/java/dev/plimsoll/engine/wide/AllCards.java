package dev.plimsoll.engine.wide;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/** Asks all cards for the same at the same time. */
final class AllCards {

    private AllCards() {}

    /** What each card answers, in the order of the cards. */
    static <T> List<T> ask(List<Stage> stages, Function<Stage, T> question) {
        List<Future<T>> begun = new ArrayList<>();
        stages.forEach(stage -> begun.add(stage.thread().begin(() -> question.apply(stage))));
        return end(begun);
    }

    static void tell(List<Stage> stages, Consumer<Stage> order) {
        ask(stages, stage -> {
            order.accept(stage);
            return null;
        });
    }

    /** Waits for all of them; then throws what the first that failed threw, with the others. */
    static <T> List<T> end(List<Future<T>> begun) {
        List<T> answers = new ArrayList<>();
        RuntimeException failure = null;
        for (Future<T> task : begun) {
            try {
                answers.add(CardThread.end(task));
            } catch (RuntimeException e) {
                if (failure == null) {
                    failure = e;
                } else {
                    failure.addSuppressed(e);
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return answers;
    }
}

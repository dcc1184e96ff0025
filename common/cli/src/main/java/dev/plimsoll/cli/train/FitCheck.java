package dev.plimsoll.cli.train;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.cli.CliFailure;
import dev.plimsoll.cli.EngineStart;
import dev.plimsoll.cli.doctor.Probe;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.model.peft.PeftAdapter;
import dev.plimsoll.processes.libtorch.LibtorchChoice;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.run.LoraSettings;
import dev.plimsoll.wire.run.Projection;
import dev.plimsoll.wire.settings.RunCatalogue;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingValues;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Whether the model fits the workers' cards, by arithmetic, before the model is read. The same is
 * asked by each worker when it starts; there, the memory that CUDA itself takes counts too.
 */
final class FitCheck {

    private static final EngineStart NO_LIBTORCH =
            EngineStart.of(new LibtorchChoice(Optional.empty(), List.of()));

    /** A worker of an earlier start that was killed may hold its card for a while. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final Duration PAUSE = Duration.ofSeconds(1);

    /** Of the run, what says how large its adapter is. */
    private static final List<Setting<?>> SIZES =
            List.of(RunCatalogue.LORA_RANK, RunCatalogue.TARGETS, RunCatalogue.START_FROM);

    private FitCheck() {}

    /**
     * Refuses cards that do not hold the model, with the remedy.
     *
     * @param worker the settings of the workers
     * @param run the settings of the run, by the coordinator's names
     * @param say where a person is told that nobody could look
     */
    static void require(
            Path model,
            SettingValues worker,
            Map<String, String> run,
            WorkerCards cards,
            Consumer<String> say)
            throws IOException, InterruptedException {
        boolean cpu = cards.gpus().isEmpty();
        if (cpu && cards.workers().getFirst().size() == 1) {
            return; // main memory is nobody's own
        }
        require(
                new FitQuestion(
                        model.toString(),
                        lora(model, run),
                        cpu ? "cpu" : "cuda",
                        worker.get(WorkerCatalogue.PRECISION),
                        worker.get(WorkerCatalogue.SIMULATED_CARD_BYTES),
                        cards.gpus(),
                        cards.workers()),
                say);
    }

    /** As far as its size depends on it; what cannot be used, the coordinator refuses. */
    private static LoraSettings lora(Path model, Map<String, String> run) {
        Map<String, String> sizes = new HashMap<>(run);
        sizes.keySet().retainAll(SIZES.stream().map(Setting::name).toList());
        SettingValues values = SettingValues.read(SIZES, sizes, Map.of());
        Optional<Path> start = values.given(RunCatalogue.START_FROM);
        if (start.isPresent()) {
            try {
                return PeftAdapter.settings(start.get(), LlamaConfig.read(model));
            } catch (ModelException e) {
                // a run that goes on no longer needs it; one that begins is refused
            }
        }
        return new LoraSettings(
                values.get(RunCatalogue.LORA_RANK),
                1,
                false,
                values.get(RunCatalogue.TARGETS).stream()
                        .map(Projection::of)
                        .collect(Collectors.toSet()));
    }

    /** Looks whether the model fits. */
    interface Look {
        FitAnswer take() throws IOException, InterruptedException;
    }

    /** Time that passes. */
    interface Time {
        /** Of a clock that only goes forward. */
        long nanos();

        void pause(Duration pause) throws InterruptedException;
    }

    private static final class WallTime implements Time {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void pause(Duration pause) throws InterruptedException {
            Thread.sleep(pause);
        }
    }

    private static void require(FitQuestion question, Consumer<String> say)
            throws IOException, InterruptedException {
        FitAnswer answer = patient(() -> ask(question, say), new WallTime(), say);
        if (!answer.fits()) {
            throw CliFailure.input(sentence(question, answer));
        }
    }

    /** The answer, after some patience with others who hold memory that is missing. */
    static FitAnswer patient(Look look, Time time, Consumer<String> say)
            throws IOException, InterruptedException {
        FitAnswer answer = look.take();
        if (answer.held()) {
            say.accept("the model does not fit while others hold memory of the cards; for "
                    + PATIENCE.toSeconds() + " s this waits for them to free it");
        }
        long start = time.nanos();
        while (answer.held() && time.nanos() - start < PATIENCE.toNanos()) {
            time.pause(PAUSE);
            answer = look.take();
        }
        return answer;
    }

    private static FitAnswer ask(FitQuestion question, Consumer<String> say)
            throws IOException, InterruptedException {
        Probe.Answer<FitAnswer> answer =
                Probe.ask(NO_LIBTORCH, FitAnswer.class, "fit", text(question));
        if (!answer.problem().isEmpty()) {
            say.accept("whether the model fits was not looked at: " + answer.problem());
        }
        return answer.value().orElse(FitAnswer.FITS);
    }

    private static String text(FitQuestion question) {
        try {
            return Json.mapper().writeValueAsString(question);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(question + " has no JSON", e);
        }
    }

    /** What is missing, on whose cards, and what brings it. */
    static String sentence(FitQuestion question, FitAnswer answer) {
        List<Integer> own = question.workers().get(answer.worker());
        StringBuilder text = new StringBuilder();
        if (own.size() == 1 && question.visible().size() > 1) {
            text.append("card ").append(own.getFirst()).append(": ");
        }
        text.append(answer.problem());
        List<Integer> wider = answer.wider();
        if (!wider.isEmpty()) {
            text.append("; --devices ")
                    .append(WorkerCards.text(wider))
                    .append(
                            wider.size() == 1
                                    ? " trains it on that card alone, which holds it"
                                    : " trains one model over " + wider.size()
                                            + " cards, which hold it together");
        } else if (own.size() < question.visible().size()) {
            text.append("; no set of these ")
                    .append(question.visible().size())
                    .append(" cards (--devices) holds it either");
        }
        if (answer.held()) {
            text.append("; others hold memory of ")
                    .append(own.size() == 1 ? "this card" : "these cards")
                    .append(", without them it would fit: `plimsoll doctor` names them");
        }
        return text.toString();
    }
}

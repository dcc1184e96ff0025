package dev.plimsoll.engine.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.engine.wide.CardsFit;
import dev.plimsoll.model.hf.LlamaConfig;
import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.model.machine.FitAnswer;
import dev.plimsoll.model.machine.FitQuestion;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import java.nio.file.Path;
import java.util.List;

/**
 * What the command line asks of a process of its own, since it may crash: {@code cards} for the
 * machine's cards, {@code fit QUESTION} for whether a model fits them, {@code trial MODEL DEVICE}
 * for what the engine does on a device. The answer is one line of JSON, the last on standard
 * output; exit code 4 with a sentence if a device or a model cannot be used.
 */
public final class ProbeMain {

    private ProbeMain() {}

    public static void main(String[] arguments) throws JsonProcessingException {
        List<String> given = List.of(arguments);
        Object answer;
        try {
            if (given.equals(List.of("cards"))) {
                answer = CardList.read();
            } else if (given.size() == 2 && given.getFirst().equals("fit")) {
                answer = fit(Json.mapper().readValue(given.get(1), FitQuestion.class));
            } else if (given.size() == 3 && given.getFirst().equals("trial")) {
                answer = DeviceTrial.run(Path.of(given.get(1)), given.get(2));
            } else {
                System.err.println("usage: cards | fit QUESTION | trial MODEL auto|cpu|cuda");
                System.exit(ExitCode.USAGE.number());
                return;
            }
        } catch (ModelException | IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(ExitCode.INPUT.number());
            return;
        }
        System.out.println(Json.mapper().writeValueAsString(answer));
        System.exit(ExitCode.DONE.number());
    }

    private static FitAnswer fit(FitQuestion question) {
        return CardsFit.judge(
                question,
                LlamaConfig.read(Path.of(question.model())),
                question.visible().isEmpty() ? List.of() : CardList.read().cards(),
                "PCI_BUS_ID".equals(System.getenv("CUDA_DEVICE_ORDER")));
    }
}

package dev.plimsoll.engine.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;

import dev.plimsoll.model.hf.ModelException;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import java.nio.file.Path;
import java.util.List;

/**
 * What {@code plimsoll doctor} asks of a process of its own, since it may crash: {@code cards} for
 * the machine's cards, {@code trial MODEL DEVICE} for what the engine does on a device. The answer
 * is one line of JSON, the last on standard output; exit code 4 with a sentence if a device cannot
 * be used.
 */
public final class ProbeMain {

    private ProbeMain() {}

    public static void main(String[] arguments) throws JsonProcessingException {
        List<String> given = List.of(arguments);
        Object answer;
        try {
            if (given.equals(List.of("cards"))) {
                answer = CardList.read();
            } else if (given.size() == 3 && given.getFirst().equals("trial")) {
                answer = DeviceTrial.run(Path.of(given.get(1)), given.get(2));
            } else {
                System.err.println("usage: cards | trial MODEL auto|cpu|cuda");
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
}

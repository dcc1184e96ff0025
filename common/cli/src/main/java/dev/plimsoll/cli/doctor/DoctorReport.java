package dev.plimsoll.cli.doctor;

import com.fasterxml.jackson.annotation.JsonProperty;

import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.model.machine.MachineCards;
import dev.plimsoll.wire.process.ExitCode;

import java.util.List;
import java.util.Optional;

/** What the doctor found; printed as text or as JSON. */
record DoctorReport(
        Host host, MachineCards machine, TorchFound libtorch, List<Trial> trials, Broker broker) {

    DoctorReport {
        trials = List.copyOf(trials);
    }

    /**
     * @param cache where DJL unpacks libraries
     * @param diskFreeBytes there
     */
    record Host(
            String jdk,
            String jdkHome,
            int cores,
            long memoryBytes,
            long availableBytes,
            String cache,
            long diskFreeBytes) {}

    /**
     * @param text version, place and who named it; empty if it cannot be used
     * @param notes why nothing else was taken, or what to mind
     * @param problem why it cannot be used; else empty
     */
    record TorchFound(String text, boolean cuda, List<String> notes, String problem) {

        TorchFound {
            notes = List.copyOf(notes);
        }
    }

    /**
     * The engine's trial of a device.
     *
     * @param device such as card 0, or cpu
     * @param result empty if it failed
     * @param problem why; else empty
     */
    record Trial(String device, Optional<EngineTrial> result, String problem) {}

    /**
     * @param given whether a broker was named
     * @param problem why it cannot be reached; else empty
     */
    record Broker(boolean given, String problem) {

        static final Broker NONE = new Broker(false, "");
    }

    /** The devices that a micro-batch was trained on. */
    @JsonProperty
    List<String> trainsOn() {
        return trials.stream()
                .filter(trial -> trial.result().isPresent())
                .map(Trial::device)
                .toList();
    }

    @JsonProperty
    List<String> missing() {
        return DoctorAdvice.of(this);
    }

    ExitCode exitCode() {
        if (trainsOn().isEmpty()) {
            return ExitCode.INPUT;
        }
        return broker.problem().isEmpty() ? ExitCode.DONE : ExitCode.BROKER;
    }
}

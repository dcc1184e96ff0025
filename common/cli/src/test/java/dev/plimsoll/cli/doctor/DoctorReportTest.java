package dev.plimsoll.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import dev.plimsoll.cli.doctor.DoctorReport.Broker;
import dev.plimsoll.cli.doctor.DoctorReport.Host;
import dev.plimsoll.cli.doctor.DoctorReport.TorchFound;
import dev.plimsoll.cli.doctor.DoctorReport.Trial;
import dev.plimsoll.model.machine.EngineTrial;
import dev.plimsoll.model.machine.MachineCards;
import dev.plimsoll.model.machine.MachineCards.Card;
import dev.plimsoll.model.machine.MachineCards.User;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.process.ExitCode;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

/** What is advised, and with which code the command ends. */
class DoctorReportTest {

    private static final long GIB = 1L << 30;
    private static final Host HOST =
            new Host("25.0.3", "/jdk", 8, 64 * GIB, 60 * GIB, "/home/me/.djl.ai", 100 * GIB);
    private static final TorchFound BUILDS =
            new TorchFound("the build's own, for CPUs only", false, List.of(), "");
    private static final TorchFound CUDA =
            new TorchFound("libtorch 2.11.0 with CUDA 13.0", true, List.of(), "");
    private static final Trial CPU = new Trial(
            "cpu",
            Optional.of(new EngineTrial(
                    "cpu", "CPU", "fp32", "CPU_FLASH", false, false, 5.5, List.of())),
            "");

    private static MachineCards machine(Card... cards) {
        return new MachineCards("570.86", "12.8", "", List.of(cards));
    }

    private static Card card(int number, long freeGib, User... users) {
        return new Card(
                number,
                "GPU-" + number + "a1b2",
                "NVIDIA H200",
                "9.0",
                140 * GIB,
                freeGib * GIB,
                List.of(users));
    }

    private static Trial onCard(int number, boolean fused) {
        return new Trial(
                "card " + number,
                Optional.of(new EngineTrial(
                        "cuda", "NVIDIA H200", "bf16", "CUDA_DENSE", fused, true, 5.5, List.of())),
                "");
    }

    @Test
    void aMachineWithoutAGpuTrainsOnTheCpuAndSaysSo() {
        DoctorReport report = new DoctorReport(
                HOST,
                MachineCards.none("NVIDIA's driver library libnvidia-ml.so.1 is not there"),
                BUILDS,
                List.of(CPU),
                Broker.NONE);

        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(report.missing()).singleElement().asString().startsWith("no GPU: ");
        assertThat(DoctorText.of(report))
                .contains(
                        "result    this machine can train on cpu",
                        "driver    none: NVIDIA's driver library libnvidia-ml.so.1 is not there");
    }

    @Test
    void aCardWithoutALibtorchIsToldTheCommand() {
        DoctorReport report =
                new DoctorReport(HOST, machine(card(0, 139)), BUILDS, List.of(CPU), Broker.NONE);

        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(report.missing())
                .singleElement()
                .asString()
                .startsWith("no libtorch with CUDA: python3 -m venv ")
                .endsWith("pip install torch");
    }

    @Test
    void aCardThatTrainsNeedsNothing() {
        DoctorReport report = new DoctorReport(
                HOST, machine(card(0, 139)), CUDA, List.of(onCard(0, true)), Broker.NONE);

        assertThat(report.exitCode()).isEqualTo(ExitCode.DONE);
        assertThat(report.missing()).isEmpty();
        assertThat(DoctorText.of(report))
                .contains(
                        "card 0    NVIDIA H200, compute capability 9.0, 140.0 GiB of which 139.0 "
                                + "are free",
                        "trial     card 0 trains in bf16: attention CUDA_DENSE, fused kernels "
                                + "compiled by NVRTC, fp8 products; one micro-batch with loss 5.50",
                        "result    this machine can train on card 0");
    }

    @Test
    void whoFillsACardIsNamed() {
        DoctorReport report = new DoctorReport(
                HOST,
                machine(card(1, 3, new User(4711, "/usr/bin/python3", 137 * GIB))),
                CUDA,
                List.of(onCard(1, false)),
                Broker.NONE);

        assertThat(report.missing())
                .satisfiesExactly(
                        crowd -> assertThat(crowd)
                                .startsWith("card 1 has 3.0 of 140.0 GiB free, the rest is held by "
                                        + "process 4711 (/usr/bin/python3): end that"),
                        slow -> assertThat(slow).startsWith("card 1 trains without fused kernels"));
        assertThat(DoctorText.of(report))
                .contains("          process 4711 (/usr/bin/python3) holds 137.0 GiB");
    }

    @Test
    void whatFailsIsToldAndNothingThatTrainsIsCodeFour() {
        Trial crashed = new Trial("card 0", Optional.empty(), "ended with exit code 134");
        Trial refused = new Trial("cpu", Optional.empty(), "the libtorch cannot be loaded");
        DoctorReport report = new DoctorReport(
                HOST, machine(card(0, 139)), CUDA, List.of(crashed, refused), Broker.NONE);

        assertThat(report.exitCode()).isEqualTo(ExitCode.INPUT);
        assertThat(report.missing())
                .containsExactly(
                        "card 0: ended with exit code 134", "cpu: the libtorch cannot be loaded");
        assertThat(DoctorText.of(report)).contains("result    nothing here can train");
    }

    @Test
    void aBrokerThatDoesNotAnswerIsCodeThree() {
        DoctorReport report = new DoctorReport(
                HOST,
                machine(card(0, 139)),
                CUDA,
                List.of(onCard(0, true)),
                new Broker(true, "no Kafka broker answers at 'localhost:1'"));

        assertThat(report.exitCode()).isEqualTo(ExitCode.BROKER);
        assertThat(report.missing()).containsExactly("no Kafka broker answers at 'localhost:1'");
    }

    @Test
    void theSameIsThereAsJson() {
        JsonNode json = Json.mapper()
                .valueToTree(new DoctorReport(
                        HOST, machine(card(0, 139)), BUILDS, List.of(CPU), Broker.NONE));

        assertThat(json.at("/machine/cards/0/capability").asText()).isEqualTo("9.0");
        assertThat(json.at("/trials/0/result/attention").asText()).isEqualTo("CPU_FLASH");
        assertThat(json.at("/trainsOn/0").asText()).isEqualTo("cpu");
        assertThat(json.at("/missing/0").asText()).startsWith("no libtorch with CUDA");
    }

    @Test
    void onlyCardsThatMayBeUsedAreTried() {
        List<Card> cards = List.of(card(0, 1), card(1, 1), card(2, 1));

        assertThat(Doctor.visible(cards, null)).hasSize(3);
        assertThat(Doctor.visible(cards, "1, GPU-2a1b"))
                .extracting(Card::number)
                .containsExactly(1, 2);
        assertThat(Doctor.visible(cards, "")).isEmpty();
    }
}

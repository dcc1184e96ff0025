package dev.plimsoll.cli.doctor;

import dev.plimsoll.cli.BrokerOptions;
import dev.plimsoll.cli.SettingOptions;
import dev.plimsoll.cli.doctor.DoctorReport.Broker;
import dev.plimsoll.wire.codec.Json;
import dev.plimsoll.wire.kafka.BrokerProblem;
import dev.plimsoll.wire.settings.WorkerCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Says whether this machine can train, and on what.",
            "",
            "It looks at the JDK, the host, NVIDIA's driver and cards, and the libtorch that a "
                    + "worker would load. The engine then tries each card, or the CPU if none "
                    + "trains, in a process of its own, and trains one micro-batch there. What is "
                    + "missing is told last, with what brings it.",
            "",
            "It ends with code 4 if nothing here can train.",
            ""
        })
final class DoctorCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Mixin
    BrokerOptions broker;

    @Mixin
    SettingOptions worker = new SettingOptions(List.of(WorkerCatalogue.LIBTORCH));

    @Option(names = "--json", description = "The findings are printed as JSON.")
    boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        DoctorReport report =
                new Doctor(worker.values().given(WorkerCatalogue.LIBTORCH)).examine(askBroker());
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.mapper().writeValueAsString(report));
        } else {
            DoctorText.of(report).forEach(out::println);
        }
        return report.exitCode().number();
    }

    private Broker askBroker() {
        if (!broker.given()) {
            return Broker.NONE;
        }
        try {
            broker.clients();
            return new Broker(true, "");
        } catch (BrokerProblem e) {
            return new Broker(true, e.getMessage());
        }
    }
}

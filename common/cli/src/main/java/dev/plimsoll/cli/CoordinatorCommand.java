package dev.plimsoll.cli;

import dev.plimsoll.processes.ForegroundProcess;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Map;
import java.util.concurrent.Callable;

@Command(
        name = "coordinator",
        mixinStandardHelpOptions = true,
        description = {
            "Runs a coordinator: ingest, planner and parameter server of one run.",
            "",
            "Creates the topics and the run when they do not exist, else carries on where the "
                    + "last coordinator stopped."
                    + " It waits one lease for signs of another coordinator and does not start "
                    + "beside it.",
            ""
        })
final class CoordinatorCommand implements Callable<Integer> {

    @Mixin
    BrokerOptions broker;

    @Mixin
    RunOptions run;

    @Option(names = "--roles", description = "Of ingest,plan,parameters; default: all.")
    String roles;

    @Option(
            names = "--port",
            defaultValue = "8080",
            description = "Of page, REST and metrics. Default: ${DEFAULT-VALUE}.")
    int port;

    @Option(
            names = "--take-over",
            description = "Fence another coordinator of this prefix, alive or not.")
    boolean takeOver;

    @Override
    public Integer call() {
        broker.clients();
        Map<String, String> properties = run.properties();
        properties.put("bootstrap", broker.bootstrap());
        properties.put("prefix", broker.topics().prefix());
        properties.put("quarkus.http.port", Integer.toString(port));
        properties.put("take-over", Boolean.toString(takeOver));
        if (roles != null) {
            properties.put("roles", roles);
        }
        broker.settings().forEach((name, value) -> properties.put("kafka." + name, value));
        return ForegroundProcess.run(Programs.coordinator(properties));
    }
}

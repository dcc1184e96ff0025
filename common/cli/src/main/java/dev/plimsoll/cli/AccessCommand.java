package dev.plimsoll.cli;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.AccessPage;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.process.ExitCode;
import dev.plimsoll.wire.settings.ClientCatalogue;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "access",
        mixinStandardHelpOptions = true,
        description = {
            "Prints what each party of a run needs to be allowed on a broker with ACLs, as in "
                    + "docs/ACCESS.md.",
            "",
            "With a party it prints the commands of Kafka that allow a user just that.",
            ""
        })
final class AccessCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "PARTY",
            description = "One of ${COMPLETION-CANDIDATES}.")
    Party party;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = "The user of the broker whom the commands allow it, such as worker, or "
                    + "CN=worker with a certificate. The default is the party's name.")
    String user;

    @Mixin
    SettingOptions settings = new SettingOptions(List.of(ClientCatalogue.PREFIX));

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        if (party == null) {
            out.print(AccessPage.markdown());
        } else {
            Topics topics = new Topics(settings.values().get(ClientCatalogue.PREFIX));
            AccessPage.commands(topics, party, user == null ? party.title() : user)
                    .forEach(out::println);
        }
        out.flush();
        return ExitCode.DONE.number();
    }
}

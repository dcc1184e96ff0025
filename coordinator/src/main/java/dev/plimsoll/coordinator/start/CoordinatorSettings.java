package dev.plimsoll.coordinator.start;

import dev.plimsoll.wire.Topics;
import dev.plimsoll.wire.access.Party;
import dev.plimsoll.wire.kafka.ClientSettings;
import dev.plimsoll.wire.kafka.Clients;
import dev.plimsoll.wire.settings.Catalogue;
import dev.plimsoll.wire.settings.ClientCatalogue;
import dev.plimsoll.wire.settings.CoordinatorCatalogue;
import dev.plimsoll.wire.settings.ProcessArguments;
import dev.plimsoll.wire.settings.Setting;
import dev.plimsoll.wire.settings.SettingProblem;
import dev.plimsoll.wire.settings.SettingValues;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

/**
 * The settings of one start. Each value is allowed by itself; they are not yet checked against each
 * other, broker, model and journal.
 */
public record CoordinatorSettings(SettingValues values, Clients clients) {

    /**
     * Reads arguments, system properties {@code plimsoll.*} and {@code kafka.*}, variables
     * {@code PLIMSOLL_*}, and the files that they name. Throws {@link StartProblem} with one
     * sentence.
     */
    public static CoordinatorSettings read(
            Properties properties, Map<String, String> environment, String... arguments) {
        try {
            SettingValues values = SettingValues.read(
                    Catalogue.COORDINATOR,
                    ProcessArguments.read(properties, arguments),
                    environment);
            return new CoordinatorSettings(
                    values,
                    ClientSettings.require(values, ClientSettings.among(properties), environment));
        } catch (SettingProblem e) {
            throw new StartProblem(e.exitCode(), e.getMessage());
        }
    }

    /** The value that was given, else the setting's default. */
    public <T> T get(Setting<T> setting) {
        return values.get(setting);
    }

    public Topics topics() {
        return new Topics(get(ClientCatalogue.PREFIX));
    }

    public Set<Role> roles() {
        Set<Role> roles = EnumSet.noneOf(Role.class);
        for (String name : get(CoordinatorCatalogue.ROLES)) {
            roles.add(Role.valueOf(name.toUpperCase(Locale.ROOT)));
        }
        return roles;
    }

    /** Whom a broker's ACLs see in this process. */
    EnumSet<Party> parties() {
        Set<Role> roles = roles();
        EnumSet<Party> parties = EnumSet.noneOf(Party.class);
        if (roles.contains(Role.INGEST) || roles.contains(Role.PLAN)) {
            parties.add(Party.COORDINATOR);
        }
        if (roles.contains(Role.PARAMETERS)) {
            parties.add(Party.PARAMETERS);
        }
        return parties;
    }
}

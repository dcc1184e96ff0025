package dev.plimsoll.wire.settings;

import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.reader.ReaderException;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * A YAML file of settings: one mapping from names of the catalogue to a value each, or to a list of
 * values where the setting takes several. Coordinator, workers and commands may share one file;
 * each takes the settings that it reads.
 */
final class SettingsFile {

    /** A value and where it stands. */
    record Entry(String text, String where) {}

    private SettingsFile() {}

    /**
     * Throws {@link SettingProblem} that names the line for a name that is not in the catalogue, a
     * name that is given twice, and what is no YAML.
     */
    static SortedMap<String, Entry> read(Path file) {
        try (Reader in = Files.newBufferedReader(file)) {
            Node root = new Yaml(new SafeConstructor(new LoaderOptions())).compose(in);
            return root == null ? new TreeMap<>() : entries(file, root);
        } catch (IOException e) {
            throw unreadable(file, e);
        } catch (MarkedYAMLException e) {
            int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine();
            throw new SettingProblem(place(file, line) + ": this is no YAML: " + e.getProblem(), e);
        } catch (ReaderException e) {
            throw new SettingProblem(
                    String.format(
                            Locale.ROOT,
                            "%s: this is no YAML: character %d is U+%04X, which YAML does not "
                                    + "allow; remove it",
                            file,
                            e.getPosition() + 1,
                            e.getCodePoint()),
                    e);
        } catch (YAMLException e) {
            if (e.getCause() instanceof IOException cause) {
                throw unreadable(file, cause);
            }
            throw new SettingProblem(file + ": this is no YAML: " + e.getMessage(), e);
        }
    }

    private static SettingProblem unreadable(Path file, IOException cause) {
        return new SettingProblem(
                "config is '" + file + "', which cannot be read; give the path of a YAML file",
                cause);
    }

    private static SortedMap<String, Entry> entries(Path file, Node root) {
        if (!(root instanceof MappingNode mapping)) {
            throw new SettingProblem(place(file, line(root))
                    + ": there is no setting here; write one `name: value` a line");
        }
        SortedMap<String, Entry> entries = new TreeMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            String where = place(file, line(tuple.getKeyNode()));
            String name = tuple.getKeyNode() instanceof ScalarNode key ? key.getValue() : "";
            if (Catalogue.named(name).isEmpty() || name.equals(ClientCatalogue.CONFIG.name())) {
                throw new SettingProblem(where + ": " + Catalogue.noSuchSetting(name));
            }
            Entry entry = new Entry(text(name, where, tuple.getValueNode()), where);
            if (entries.put(name, entry) != null) {
                throw new SettingProblem(where + ": " + name + " is given twice; remove one");
            }
        }
        return entries;
    }

    private static String text(String name, String where, Node value) {
        return switch (value) {
            case ScalarNode scalar -> scalar.getValue();
            case SequenceNode sequence -> {
                StringJoiner joined = new StringJoiner(",");
                sequence.getValue().forEach(part -> joined.add(text(name, where, part)));
                yield joined.toString();
            }
            default ->
                throw new SettingProblem(where + ": " + name + " has settings of its own here; "
                        + "give one value, or a list of values");
        };
    }

    private static int line(Node node) {
        return node.getStartMark().getLine();
    }

    /** YAML counts lines from 0, people from 1. */
    private static String place(Path file, int line) {
        return file + ", line " + (line + 1);
    }
}

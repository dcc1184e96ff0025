package dev.plimsoll.model.jinja.run;

import dev.plimsoll.model.jinja.parse.Expr;
import dev.plimsoll.model.jinja.parse.Stmt;
import dev.plimsoll.model.jinja.value.Args;
import dev.plimsoll.model.jinja.value.Failure;
import dev.plimsoll.model.jinja.value.Str;

import java.util.List;
import java.util.Set;

/** Makes code of macros, call blocks and generation blocks, whose bodies are macros too. */
final class MacroCompiler {

    private final Compiler compiler;

    MacroCompiler(Compiler compiler) {
        this.compiler = compiler;
    }

    Macro.Definition definition(
            String name,
            int line,
            List<String> parameters,
            List<Expr> defaults,
            List<Stmt> body,
            Frame outer) {
        Frame frame = outer.inner().outOfLoops();
        Symbols symbols = frame.symbols();
        parameters.forEach(symbols::parameter);
        defaults.forEach(each -> SymbolFinder.load(each, symbols));
        SymbolFinder.statements(body, symbols);
        Set<String> special = Undeclared.of(body, Set.of("caller", "kwargs", "varargs"));
        int first = parameters.size() - defaults.size();
        int caller = -1;
        if (special.contains("caller")) {
            int place = parameters.indexOf("caller");
            if (place >= 0 && place < first) {
                throw new Failure(
                        Failure.Kind.SYNTAX, line, "the parameter 'caller' needs a default");
            }
            caller = place < 0 ? declared("caller", symbols) : -1;
        }
        int kwargs = special.contains("kwargs") && !parameters.contains("kwargs")
                ? declared("kwargs", symbols)
                : -1;
        int varargs = special.contains("varargs") && !parameters.contains("varargs")
                ? declared("varargs", symbols)
                : -1;
        Code[] codes = new Code[parameters.size()];
        for (int i = first; i < codes.length; i++) {
            codes[i] = ExprCompiler.code(defaults.get(i - first), frame);
        }
        int[] slots = parameters.stream().mapToInt(symbols::slot).toArray();
        Step steps = compiler.statements(body, frame);
        return new Macro.Definition(
                name, parameters, slots, codes, caller, kwargs, varargs, symbols.entry(), steps);
    }

    private static int declared(String name, Symbols symbols) {
        symbols.parameter(name);
        return symbols.slot(name);
    }

    Step call(Stmt.CallBlock block, Frame frame) {
        Macro.Definition body = definition(
                null, block.line(), block.parameters(), block.defaults(), block.body(), frame);
        Code call = CallCompiler.call(block.call(), frame, scope -> new Macro(body, scope));
        return (scope, out) -> {
            out.append(ExprCompiler.string(call.eval(scope), "a call with a block"));
            return Step.End.NORMAL;
        };
    }

    /** Its place in the text is counted from what the whole template has given, as Transformers. */
    Step generation(Stmt.Generation block, Frame frame) {
        Macro.Definition body =
                definition(null, block.line(), List.of(), List.of(), block.body(), frame);
        return (scope, out) -> {
            Str text = (Str) new Macro(body, scope).call(Args.NONE);
            int from = scope.state.output.length();
            scope.state.generated.add(new int[] {from, from + text.length()});
            out.append(text);
            return Step.End.NORMAL;
        };
    }
}

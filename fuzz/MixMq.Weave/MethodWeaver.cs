using System.Globalization;
using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace MixMq.Weave;

/// <summary>
/// Puts a probe at a method's entry and on both sides of each conditional branch, and on each arm of each switch:
/// <code>
///     brtrue target            brtrue taken
///     …                        probe (passed)
///                              br next
///                      taken:  probe (taken)
///                              br target
///                      next:   …
/// </code>
/// A probe leaves the evaluation stack as it was, so it may stand where something is on it. All of it stays between the branch and what follows
/// it, so no protected region is entered or left otherwise than before. (Blocks hashed with their predecessor, as AFL did at first, would need
/// one probe a block, but their edges collide and can't be named in a report.)
/// </summary>
internal sealed class MethodWeaver(MethodDefinition method, FieldReference counters, List<Edge> edges)
{
    private readonly string _name = $"{method.DeclaringType.FullName}::{method.Name}";

    public void Weave()
    {
        var body = method.Body;
        var original = body.Instructions.ToArray();
        var lines = original.ToDictionary(instruction => instruction, Line);
        var il = body.GetILProcessor();
        body.SimplifyMacros();
        foreach (var instruction in Probe("entry", lines[original[0]]))
        {
            il.InsertBefore(original[0], instruction);
        }

        foreach (var branch in original.Where(instruction => instruction.OpCode.FlowControl == FlowControl.Cond_Branch))
        {
            Split(il, branch, lines[branch]);
        }

        body.OptimizeMacros();
    }

    private void Split(ILProcessor il, Instruction branch, string line)
    {
        var next = branch.Next;
        var after = new List<Instruction>();
        after.AddRange(Probe("passed", line));
        after.Add(il.Create(OpCodes.Br, next));
        if (branch.Operand is Instruction[] arms)
        {
            var woven = new Instruction[arms.Length];
            for (var i = 0; i < arms.Length; i++)
            {
                woven[i] = Arm(il, arms[i], i.ToString(CultureInfo.InvariantCulture), line, after);
            }

            branch.Operand = woven;
        }
        else
        {
            branch.Operand = Arm(il, (Instruction)branch.Operand, "taken", line, after);
        }

        var last = branch;
        foreach (var instruction in after)
        {
            il.InsertAfter(last, instruction);
            last = instruction;
        }
    }

    private Instruction Arm(ILProcessor il, Instruction target, string kind, string line, List<Instruction> after)
    {
        var probe = Probe(kind, line);
        after.AddRange(probe);
        after.Add(il.Create(OpCodes.Br, target));
        return probe[0];
    }

    // counter = (byte)(x + (x >> 8)) where x = counter + 1: after 255 comes 1, because 0 would say "never".
    private Instruction[] Probe(string kind, string line)
    {
        var id = edges.Count;
        edges.Add(new Edge(method.Module.Assembly.Name.Name, _name, kind, line));
        return
        [
            Instruction.Create(OpCodes.Ldsfld, counters),
            Instruction.Create(OpCodes.Ldc_I4, id),
            Instruction.Create(OpCodes.Add),
            Instruction.Create(OpCodes.Dup),
            Instruction.Create(OpCodes.Ldind_U1),
            Instruction.Create(OpCodes.Ldc_I4, 1),
            Instruction.Create(OpCodes.Add),
            Instruction.Create(OpCodes.Dup),
            Instruction.Create(OpCodes.Ldc_I4, 8),
            Instruction.Create(OpCodes.Shr),
            Instruction.Create(OpCodes.Add),
            Instruction.Create(OpCodes.Conv_U1),
            Instruction.Create(OpCodes.Stind_I1),
        ];
    }

    private string Line(Instruction instruction)
    {
        var point = method.DebugInformation.SequencePoints
            .Where(point => point.Offset <= instruction.Offset && !point.IsHidden).MaxBy(point => point.Offset);
        return point is null
            ? "-"
            : string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(point.Document.Url)}:{point.StartLine}");
    }
}

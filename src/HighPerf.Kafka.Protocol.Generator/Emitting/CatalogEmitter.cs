using HighPerf.Kafka.Protocol.Generator.Model;

namespace HighPerf.Kafka.Protocol.Generator.Emitting;

/// <summary>Emits the list of all messages.</summary>
internal static class CatalogEmitter
{
    public static string Emit(IEnumerable<(int? ApiKey, MessageKind Kind, string Name)> messages)
    {
        CodeWriter code = new();
        MessageEmitter.EmitHeader(code);
        code.Blank();
        code.Line("namespace HighPerf.Kafka.Protocol.Messages;");
        code.Blank();
        code.Open("internal static partial class MessageCatalog");
        code.Line("private static readonly MessageDescriptor[] s_all =");
        code.Line("[");
        foreach ((int? _, MessageKind _, string name) in messages
            .OrderBy(static message => message.ApiKey ?? int.MaxValue)
            .ThenBy(static message => message.Kind)
            .ThenBy(static message => message.Name, StringComparer.Ordinal))
        {
            code.Line($"    {name}.Descriptor,");
        }

        code.Line("];");
        code.Close();
        return code.ToString();
    }
}

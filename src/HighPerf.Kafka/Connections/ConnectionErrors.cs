using System.Globalization;
using System.Net.Sockets;

namespace HighPerf.Kafka.Connections;

/// <summary>The words for what goes wrong on a connection: what, which broker, what to do.</summary>
internal static class ConnectionErrors
{
    public static KafkaConnectionException CannotConnect(BrokerEndpoint endpoint, Exception cause) =>
        new($"Cannot connect to {endpoint}: {Explain(cause)}", cause);

    public static KafkaConnectionException Lost(BrokerEndpoint endpoint, Exception cause) =>
        new($"The connection to {endpoint} was lost: {Explain(cause)}", cause);

    public static KafkaConnectionException ClosedByBroker(BrokerEndpoint endpoint, bool middleOfFrame) =>
        new($"The connection to {endpoint} was closed by the broker{(middleOfFrame ? " in the middle of an answer" : "")}.");

    public static KafkaConnectionException ClosedWhileNegotiating(BrokerEndpoint endpoint) =>
        new($"{Capital(endpoint)} closed the connection before it answered ApiVersions. Either this is no Kafka listener, or the listener wants TLS or SASL, " +
            "or the broker is older than 0.10. Check the port and the listener's security protocol.");

    public static KafkaConnectionException Closed(BrokerEndpoint endpoint) => new($"The connection to {endpoint} was closed by this client.");

    public static KafkaTimeoutException SetupTimedOut(BrokerEndpoint endpoint, ConnectionPhase phase, TimeSpan limit) =>
        new(phase == ConnectionPhase.Connecting
            ? $"Cannot connect to {endpoint}: no answer within {Seconds(limit)} (ConnectTimeout). Check the address, firewalls, and that the broker runs."
            : $"{Capital(endpoint)} accepted the connection but did not answer ApiVersions within {Seconds(limit)} (ConnectTimeout). " +
              "Either it is overloaded, or this is no Kafka listener, or the listener wants TLS.");

    public static KafkaTimeoutException NotAnswered(BrokerEndpoint endpoint, BrokerRequest request, short version) =>
        new($"{request.ApiKey} v{version} to {endpoint} was not answered within {Seconds(request.Timeout)}; the connection was closed.");

    public static KafkaTimeoutException NotSent(BrokerEndpoint endpoint, BrokerRequest request, string why, Exception? previous) =>
        new($"{request.ApiKey} to {endpoint} could not be sent within {Seconds(request.Timeout)}: {why}" +
            (previous is null ? "." : $" The last failure: {previous.Message}"), previous);

    public static KafkaConnectionException ClosedByTimeoutOf(BrokerEndpoint endpoint, BrokerRequest request, short version) =>
        new($"The connection to {endpoint} was closed because {request.ApiKey} v{version}, sent before, was not answered within {Seconds(request.Timeout)}.");

    public static KafkaProtocolException Malformed(BrokerEndpoint endpoint, string what, Exception cause) =>
        new($"{what} from {endpoint}: {cause.Message} The connection was closed.", cause);

    public static KafkaProtocolException Unasked(BrokerEndpoint endpoint, int correlationId) =>
        new($"{Capital(endpoint)} answered a request that was not asked (correlation id {correlationId}). The connection was closed.");

    public static KafkaProtocolException OutOfOrder(BrokerEndpoint endpoint, int correlationId, int expected, ApiKey api) =>
        new($"{Capital(endpoint)} answered correlation id {correlationId} where {expected} ({api}) was next. " +
            "Kafka answers in order; the connection was closed.");

    /// <summary>A failure inside this client, told as one of the exceptions its users know.</summary>
    public static KafkaException AsKafka(Exception error, BrokerRequest request, BrokerEndpoint endpoint) => error as KafkaException
        ?? new KafkaException($"{request.ApiKey} to {endpoint} failed inside the client: {error.GetType().Name}: {error.Message}", error);

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";

    private static string Explain(Exception cause) => cause is SocketException socket
        ? socket.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain =>
                "the host name cannot be resolved. Check its spelling and the DNS of this machine.",
            SocketError.ConnectionRefused => "the connection was refused: nothing listens on that port. Check the port, and that the broker runs.",
            SocketError.TimedOut => "the connection timed out. Check the address and firewalls.",
            SocketError.NetworkUnreachable or SocketError.HostUnreachable => "there is no route to it. Check the address and this machine's network.",
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "the other end reset it.",
            _ => WithStop(socket.Message),
        }
        : cause.InnerException is SocketException inner ? Explain(inner) : WithStop(cause.Message);

    private static string WithStop(string text) => text.EndsWith('.') ? text : text + ".";

    private static string Capital(BrokerEndpoint endpoint)
    {
        string text = endpoint.ToString();
        return char.ToUpperInvariant(text[0]) + text[1..];
    }
}

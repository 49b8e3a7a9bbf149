namespace MixMq.Overlay.Links;

/// <summary>The first byte of a control cell's content.</summary>
internal enum ControlKind : byte
{
    Open = 1,
    Auth = 2,
    Goodbye = 3,
    Handover = 4,
    Renew = 5,
}

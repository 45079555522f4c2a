"""The mail inbox: receives real SMTP, shows the mails on a page, and sends nothing on."""
